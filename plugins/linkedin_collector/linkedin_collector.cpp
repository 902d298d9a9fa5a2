#include <stepd/step.h>

#include <random>

#include "linkedin_collector/collector.h"

namespace stepd::linkedin {

/// The host, as one attempt sees it.
class HostWorld final : public World {
public:
    explicit HostWorld(Context& ctx) : ctx_(ctx), generator_(std::random_device{}()) {}
    HttpReply fetch(const HttpRequest& request) override { return ctx_.http().fetch(request); }
    kit::WallTime now() const override { return ctx_.now(); }
    bool wait(Duration duration) override { return ctx_.waitCancelled(duration); }
    bool cancelled() const override { return ctx_.cancelled(); }
    Duration timeLeft() const override { return ctx_.deadline() - std::chrono::steady_clock::now(); }
    std::optional<std::string> secret(std::string_view name) const override { return ctx_.secret(name); }
    double random() override { return std::uniform_real_distribution<>(0, 1)(generator_); }
    void log(std::string_view text) override { ctx_.info(text); }

private:
    Context& ctx_;
    std::minstd_rand generator_;
};

/// Asks the configured data providers about a registered person's LinkedIn profile.
/// in: the output of validator; out: `linkedin_analysis`, see README.md.
class LinkedInCollector final : public Step {
public:
    static constexpr Manifest manifest{"linkedin_collector", "1.0.0",
                                       "Asks data providers about a person's LinkedIn profile", Threading::Reentrant};
    // Of the provider that needs no options; the hosts and keys of others are the operator's to grant.
    static constexpr Capabilities capabilities{
        .net = {"api.scrapingdog.com"}, .secrets = {"SCRAPINGDOG_API_KEY"}, .idempotent = true};

    explicit LinkedInCollector(const Json& options) : collector_(options) {}

    Outcome run(Context& ctx) override {
        HostWorld world(ctx);
        lastNow_ = ctx.now();
        return collector_.collect(world, ctx.input(),
                                  ctx.lastAttempt() ? Collector::Attempt::Last : Collector::Attempt::MoreToCome);
    }

    /// As of the last call: without one there is nothing to tell, and no clock.
    Health health() override { return collector_.health(lastNow_.load()); }

private:
    Collector collector_;
    std::atomic<kit::WallTime> lastNow_{};
};

}  // namespace stepd::linkedin

STEPD_EXPORT_STEP(stepd::linkedin::LinkedInCollector)
