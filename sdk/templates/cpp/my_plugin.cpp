#include <stepd/step.h>

struct Options {
    std::chrono::milliseconds timeout_ms{5000};
};
struct Input {
    std::string url;
};
struct Output {
    std::string title;
    std::size_t bytes = 0;
};
STEPD_REFLECT(Options, timeout_ms)
STEPD_DESCRIBE(Options, {"timeout_ms", "how long the page may take", {.minimum = 1}});
STEPD_REFLECT(Input, url)
STEPD_DESCRIBE(Input, {"url", "of the page"});
STEPD_REFLECT(Output, title, bytes)
STEPD_DESCRIBE(Output, {"title", "of the page; empty if it has none"}, {"bytes", "size of the page"});

/// Fetches a page and returns its title.
class MyPluginStep final : public stepd::TypedStep<Input, Output, Options> {
public:
    static constexpr stepd::Manifest manifest{.name = "my_plugin",
                                              .version = "0.1.0",
                                              .summary = "Fetches a page and returns its title",
                                              .license = "Apache-2.0"};
    static constexpr stepd::Capabilities capabilities{.net = {"*"}};  // whatever the operator grants of it

    explicit MyPluginStep(const Options& options) : timeout_(options.timeout_ms) {}

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

    const std::chrono::milliseconds timeout_;
};
STEPD_EXPORT_STEP(MyPluginStep)
