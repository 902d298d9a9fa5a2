#include "simulation/random_pipeline.h"

namespace stepd::test {
namespace {

/// The keys of a pipeline above its steps.
class Head {
public:
    Head(const PipelineWorld& world, Dice& dice) : world_(world), dice_(dice) {}

    std::string write() {
        out_ = "version: 1\nid: " + world_.id + "\non:\n  - {event: " + world_.id + "}\n";
        const bool batch = dice_.chance(7);
        scheduled_ = !batch && dice_.chance(8);
        if (scheduled_) cron();
        if (batch) {
            line("batch: {max_size: " + number(2, 4) + ", timeout: " + seconds(1, 20) + key(50) +
                 (dice_.chance(20) ? ", if: event.data.key > 3}" : "}"));
        } else {
            eachAlone();
        }
        concurrency();
        if (dice_.chance(12))
            line("throttle: {limit: " + number(1, 4) + ", period: " + seconds(1, 20) +
                 (dice_.chance(50) ? ", burst: " + number(0, 3) : "") + key(50) + "}");
        if (dice_.chance(10)) line("timeouts: {start: " + seconds(21, 60) + ", finish: " + seconds(1, 90) + "}");
        line("defaults: {retry: " + randomRetry(dice_) + "}");
        return std::move(out_);
    }

private:
    void cron() {
        out_ += std::string("  - {cron: '* * * * *', catch_up: ") + dice_.oneOf({"none", "last", "all"}) +
                ", overlap: " + dice_.oneOf({"allow", "skip", "cancel"}) + ", data: {key: 1, n: 2.0, items: [1, 2]}" +
                (dice_.chance(30) ? ", jitter: 20s}\n" : "}\n");
    }

    /// What looks at one event alone.
    void eachAlone() {
        if (dice_.chance(25)) line("idempotency: {key: event.data.key, ttl: 1h}");
        if (!scheduled_ && dice_.chance(8))
            line("debounce: {period: " + seconds(1, 10) + (dice_.chance(50) ? ", timeout: 15s" : "") + key(70) + "}");
        if (dice_.chance(12))
            line("rate_limit: {limit: " + number(1, 25) + ", period: " + seconds(2, 60) + key(50) + "}");
        if (dice_.chance(12)) line(std::string("singleton: {mode: ") + dice_.oneOf({"skip", "cancel"}) + key(70) + "}");
        if (dice_.chance(15)) line("priority: \"event.data.key > 3 ? 60 : -5\"");
        if (dice_.chance(12))
            line(std::string("cancel_on: [{event: ") + dice_.oneOf({"signal.a", "signal.*"}) +
                 (dice_.chance(60) ? ", if: async.data.key == event.data.key" : "") +
                 (dice_.chance(30) ? ", timeout: 10s}]" : "}]"));
    }

    void concurrency() {
        if (!dice_.chance(30)) return;
        line("concurrency:");
        if (dice_.chance(60)) line("  - {limit: " + number(1, 3) + key(40) + "}");
        if (dice_.chance(40)) line("  - {limit: " + number(1, 2) + key(50) + ", of: steps, name: calls}");
        line("  - {limit: 2" + key(50) + ", scope: global, name: everybody}");
    }

    void line(const std::string& text) { out_ += text + "\n"; }
    std::string key(int percent) { return dice_.chance(percent) ? ", key: event.data.key" : ""; }
    std::string number(std::uint64_t least, std::uint64_t most) {
        return std::to_string(least + dice_.below(most - least + 1));
    }
    std::string seconds(std::uint64_t least, std::uint64_t most) { return number(least, most) + "s"; }

    const PipelineWorld& world_;
    Dice& dice_;
    std::string out_;
    bool scheduled_ = false;
};

}  // namespace

std::string randomPipeline(const PipelineWorld& world, Random& random) {
    Dice dice(random);
    const std::string head = Head(world, dice).write();
    PipelineWorld inside = world;
    inside.patient = head.find("scope: global") == std::string::npos;
    return head + randomSteps(inside, dice);
}

std::string withOtherLimits(const std::string& yaml, Random& random) {
    Dice dice(random);
    std::string changed;
    for (std::size_t at = 0; at < yaml.size();) {
        const std::size_t end = yaml.find('\n', at) + 1;
        std::string line = yaml.substr(at, end - at);
        at = end;
        if (line.starts_with("  - {cron:")) continue;
        if (const auto limit = line.find("{limit: "); limit != std::string::npos && line.starts_with("  - "))
            line[limit + 8] = static_cast<char>('1' + dice.below(4));
        changed += line;
    }
    return changed + "name: revision " + std::to_string(dice.below(1000)) + "\n";
}

std::string randomRetry(Dice& dice) {
    std::string text = "{attempts: " + std::to_string(1 + dice.below(5)) +
                       ", backoff: " + dice.oneOf({"none", "constant", "linear", "exponential"}) +
                       ", initial: " + std::to_string(10 + dice.below(5000)) +
                       "ms, jitter: " + dice.oneOf({"none", "full", "equal", "0.3"});
    if (dice.chance(20)) text += ", budget: 20s";
    if (dice.chance(20)) text += ", only: [transient, timeout]";
    if (dice.chance(20)) text += ", except: [broken]";
    if (dice.chance(20)) text += ", when: \"error.code != 'broken'\"";
    if (dice.chance(25)) text += std::string(", on_exhausted: ") + dice.oneOf({"continue", "pause"});
    return text + "}";
}

}  // namespace stepd::test
