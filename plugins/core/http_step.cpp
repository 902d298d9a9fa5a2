#include <stepd/step.h>

#include "core/http_settings.h"
#include "core/http_verdict.h"

namespace stepd::core {

/// Sends one HTTP request through the host's client.
/// out: {"status", "headers": {name: text}, "body": JSON or text}
class HttpStep final : public Step {
public:
    static constexpr Manifest manifest{"http", "1.0.0", "Sends one HTTP request", Threading::Reentrant};
    static constexpr Capabilities capabilities{.net = {"*"}};

    explicit HttpStep(const Json& options) : settings_(options) {}

    Outcome run(Context& ctx) override {
        HttpRequest request = settings_.request;
        if (request.url.empty()) return invalidConfig("url_missing", "the step has no `with.url`");
        // An attempt that is repeated says so to whoever can tell.
        if (request.method != "GET" && request.method != "HEAD" && !named(request, "idempotency-key"))
            request.options.headers.emplace_back("Idempotency-Key", ctx.idempotencyKey());
        return verdictOf(settings_, ctx.http().fetch(request), ctx.now());
    }

private:
    static bool named(const HttpRequest& request, std::string_view header) {
        return HttpReply{.headers = request.options.headers}.header(header).has_value();
    }

    const HttpSettings settings_;
};

}  // namespace stepd::core

STEPD_EXPORT_PLUGIN("core", "1.0.0", stepd::core::HttpStep)
