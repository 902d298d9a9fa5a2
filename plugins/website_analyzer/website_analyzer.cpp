#include <stepd/step.h>

#include "website_analyzer/crawl.h"
#include "website_analyzer/options.h"

namespace stepd::website {

namespace {

/// The outcome for an ending that another attempt may better.
Outcome retryLater(const Ending& ending) {
    const std::string& code = ending.code;
    if (code == "timeout") return timeout(code, ending.message, ending.retryAfter);
    if (code == "rate_limited") return rateLimited(code, ending.message, ending.retryAfter);
    if (code == "http_5xx" || code == "bad_answer") return upstream(code, ending.message, ending.retryAfter);
    return transient(code, ending.message, ending.retryAfter);
}

}  // namespace

/// Reads a company's website.
/// in:  the output of `validator`: {"website": {"url": string, "scheme_assumed": bool} | null}
/// out: README.md, "Output"; null where no website was given. Problems of the site are values, never failures of the
/// run.
class WebsiteAnalyzer final : public Step {
public:
    static constexpr Manifest manifest{
        .name = "website_analyzer",
        .version = "1.0.0",
        .summary = "Reads a company's website: its best pages as Markdown, and what they say of the company",
        // One page at a time in a process: if a hostile one brings the parser down, it takes no other crawl along.
        .threading = Threading::Serial,
    };
    static constexpr Capabilities capabilities{.net = {"*"}, .idempotent = true};

    explicit WebsiteAnalyzer(const Json& options) : options_(Options::fromJson(options, manifest.version)) {}

    Outcome run(Context& ctx) override {
        const Json& input = ctx.input();
        const auto website = input.is_object() ? input.find("website") : input.end();
        if (!input.is_object() || website == input.end() || website->is_null()) return done(nullptr);
        const auto address = website->is_object() ? website->find("url") : website->end();
        if (!website->is_object() || address == website->end() || !address->is_string())
            return invalidInput("invalid_website", "'website' must be an object with a 'url', as validator gives it");
        const auto url = parseLink(address->get_ref<const std::string&>());
        if (!url) return invalidInput("invalid_url", "'website.url' is no http(s) address");

        const bool assumed = website->value("scheme_assumed", false);
        const Analysis analysis = Crawl(ctx, options_, {.url = *url, .schemeAssumed = assumed}).run();
        if (ctx.cancelled()) return cancelled();
        if (analysis.ending.retryable && !ctx.lastAttempt()) return retryLater(analysis.ending);
        return done(toJson(analysis));
    }

private:
    const Options options_;
};

}  // namespace stepd::website

using stepd::website::WebsiteAnalyzer;
STEPD_EXPORT_STEP(WebsiteAnalyzer)
