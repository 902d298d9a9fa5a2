#include <stepd/step.h>

struct Input {
    std::string url;
};
struct Output {
    std::string title;
    std::size_t bytes = 0;
};
STEPD_REFLECT(Input, url)
STEPD_REFLECT(Output, title, bytes)

/// Fetches a page and returns its title.
class MyPluginStep final : public stepd::TypedStep<Input, Output> {
public:
    static constexpr stepd::Manifest manifest{"my_plugin", "0.1.0", "Fetches a page and returns its title"};

    explicit MyPluginStep(const stepd::Json& options) : timeout_(options.value("timeout_ms", 5000)) {
        if (timeout_.count() <= 0) throw stepd::InvalidConfig("timeout_ms must be above 0");
    }

    Answer execute(const Input& input, stepd::Context& ctx) override {
        const auto reply = ctx.http().get(input.url, {.timeout = timeout_});
        if (reply.failed()) return stepd::transient(reply.failure, reply.message);
        if (reply.status == 404) return stepd::notFound("no_page", "there is no page at " + input.url);
        if (reply.status == 429) return stepd::rateLimited("slow_down", "the site asked to wait", reply.retryAfter());
        if (!reply.ok()) return stepd::upstream("http_" + std::to_string(reply.status), "the site did not answer well");
        return Output{titleOf(reply.body), reply.body.size()};
    }

private:
    static std::string titleOf(const std::string& html) {
        const auto start = html.find("<title>");
        if (start == std::string::npos) return {};
        const auto end = html.find("</title>", start);
        return end == std::string::npos ? std::string() : html.substr(start + 7, end - start - 7);
    }

    std::chrono::milliseconds timeout_;
};
STEPD_EXPORT_STEP(MyPluginStep)
