#include <stepd/step.h>

#include "core/http_settings.h"
#include "core/http_verdict.h"

namespace stepd::core {

// README.md explains them. The plugin's options in stepd.yaml need no url: a step's `with` brings it.
constexpr const char* kConfigSchema = R"({"type": "object", "additionalProperties": false, "required": ["url"],
  "properties": {
    "url": {"type": "string", "pattern": "^https?://", "description": "where the request goes: https://..."},
    "method": {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "json": {"description": "sent as JSON"},
    "body": {"type": "string", "description": "sent as it is; not beside json"},
    "timeout": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$", "default": "20s",
                "description": "of the whole exchange, 1ms to 1h"},
    "expect": {"description": "statuses that are a success: 200, 200-299, or a list of them",
               "anyOf": [{"type": ["integer", "string"]},
                         {"type": "array", "minItems": 1, "items": {"type": ["integer", "string"]}}]}}})";
constexpr const char* kOutputSchema = R"({"type": "object", "additionalProperties": false,
  "required": ["status", "headers", "body"],
  "properties": {"status": {"type": "integer"}, "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                 "body": {}}})";

/// Sends one HTTP request through the host's client.
/// out: {"status", "headers": {name: text}, "body": JSON or text}
class HttpStep final : public Step {
public:
    static constexpr Manifest manifest{
        "http", "1.0.0", "Sends one HTTP request", Threading::Reentrant, kConfigSchema, {}, kOutputSchema};
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
