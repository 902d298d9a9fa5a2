#include "simulation/random_pipeline.h"

namespace stepd::test {
namespace {

class Steps {
public:
    Steps(const PipelineWorld& world, Dice& dice) : world_(world), dice_(dice) {}

    std::string write() {
        out_ = "steps:\n";
        const std::uint64_t count = 1 + dice_.below(world_.mostSteps);
        for (std::uint64_t i = 0; i < count; ++i) main(i);
        if (dice_.chance(40)) out_ += "output: ${{ steps.s" + std::to_string(dice_.below(count)) + ".output }}\n";
        if (dice_.chance(20)) phase("on_failure", "o", "${{ error.code }}");
        if (dice_.chance(20)) phase("finally", "z", "${{ run.id }}");
        return std::move(out_);
    }

private:
    void main(std::uint64_t index) {
        const std::string id = "s" + std::to_string(index);
        out_ += "  - id: " + id + "\n";
        std::vector<std::uint64_t> needs = order(index);
        std::string upstream;
        if (!needs.empty()) upstream = "s" + std::to_string(needs[dice_.below(needs.size())]);
        if (!upstream.empty()) condition(upstream);
        if (dice_.chance(25)) line("continue_on_error: true");
        switch (dice_.below(20)) {
            case 0: return sleep();
            case 1:
            case 2: return wait();
            case 3: return send(id);
            case 4:
            case 5: return invoke();
            case 6: return fail();
            case 7:
            case 8: return foreachStep();
            case 9: return group(index);
            default: return plugin(upstream);
        }
    }

    /// Writes `needs`, `any` and `race`; without `needs` a step follows the one above it.
    std::vector<std::uint64_t> order(std::uint64_t index) {
        if (index > 0 && dice_.chance(40)) return {index - 1};
        std::vector<std::uint64_t> needs;
        for (std::uint64_t need = 0; need < index; ++need)
            if (dice_.chance(35)) needs.push_back(need);
        const bool any = needs.size() > 1 && dice_.chance(35);
        std::string list;
        for (const std::uint64_t need : needs) {
            const std::string id = "s" + std::to_string(need);
            list +=
                (list.empty() ? "" : ", ") + (!any && dice_.chance(20) ? "{step: " + id + ", require: success}" : id);
        }
        line("needs: [" + list + "]");
        if (any) {
            line("any: " + std::to_string(1 + dice_.below(needs.size())));
            if (dice_.chance(60)) line("race: true");
        }
        return needs;
    }

    void condition(const std::string& need) {
        if (dice_.chance(15)) {
            line("if: steps." + need + ".ok");
        } else if (dice_.chance(6)) {
            line("if: dyn(steps." + need + ".output).n > 1.0");  // an error where it was skipped, and of a list
        }
    }

    // ---- what a step does

    void plugin(const std::string& upstream) {
        line("uses: " + anyPlugin());
        if (!upstream.empty() && dice_.chance(50)) line("input: ${{ steps." + upstream + ".output }}");
        if (!upstream.empty() && dice_.chance(20))
            line("with: {from: \"${{ steps." + upstream + ".state }}\", id: \"${{ run.id }}\"}");
        limits();
    }

    void limits() {
        if (dice_.chance(30)) line("retry: " + randomRetry(dice_));
        if (dice_.chance(15))
            line("concurrency: [{limit: " + std::to_string(1 + dice_.below(2)) +
                 (dice_.chance(50) ? ", key: event.data.key}]" : "}]"));
        if (dice_.chance(15)) line(dice_.chance(50) ? "limiter: slow" : "limiter: {name: slow, key: event.data.key}");
        if (dice_.chance(12)) line("cache: {key: event.data.key, ttl: 1m}");
    }

    void sleep() {
        line("uses: core/sleep");
        line("with: {for: " + std::to_string(dice_.below(40)) + "s}");
    }

    void wait() {
        line("uses: core/wait_for_event");
        line(std::string("with: {event: ") + dice_.oneOf({"signal.a", "signal.b", "signal.*"}) +
             (dice_.chance(60) ? ", if: async.data.key == event.data.key" : "") +
             (dice_.chance(80) ? ", timeout: " + std::to_string(1 + dice_.below(60)) + "s}" : "}"));
    }

    void send(const std::string& id) {
        line("uses: core/send_event");
        std::string name = dice_.oneOf({"signal.a", "signal.b"});
        if (!world_.others.empty() && dice_.chance(50)) name = world_.others[dice_.below(world_.others.size())];
        line("with: {event: " + name + ", data: \"${{ event.data }}\"" +
             (dice_.chance(50) ? ", id: \"${{ run.id }}/" + id + "\"}" : "}"));
    }

    void invoke() {
        if (world_.others.empty()) return plugin("");
        line("uses: core/invoke");
        line("with: {pipeline: " + world_.others[dice_.below(world_.others.size())] + ", data: \"${{ event.data }}\"" +
             (dice_.chance(30)                      ? ", wait: false}"
              : !world_.patient || dice_.chance(30) ? ", timeout: " + std::to_string(1 + dice_.below(60)) + "s}"
                                                    : "}"));
    }

    void fail() {
        line("uses: core/fail");
        line("with: {message: enough}");
    }

    void foreachStep() {
        each();
        line("uses: " + anyPlugin());
        if (dice_.chance(50)) line("input: ${{ page }}");
        limits();
    }

    void group(std::uint64_t index) {
        const std::string number = std::to_string(index);
        each();
        line("steps:");
        line("  - {id: f" + number + ", uses: " + anyPlugin() +
             ", input: \"${{ page }}\", retry: " + randomRetry(dice_) + "}");
        if (dice_.chance(30)) line("  - {id: w" + number + ", uses: core/sleep, with: {for: 3s}}");
        if (dice_.chance(60))
            line("  - {id: k" + number + ", needs: [f" + number + "], uses: " + anyPlugin() + ", input: \"${{ steps.f" +
                 number + ".output }}\"}");
    }

    void each() {
        line(std::string("foreach: {items: event.data.items, as: page") + (dice_.chance(20) ? ", key: page" : "") +
             (dice_.chance(60) ? ", max_parallel: " + std::to_string(1 + dice_.below(3)) : "") +
             (dice_.chance(50) ? ", on_item_failure: collect}" : "}"));
    }

    void phase(const std::string& name, const std::string& prefix, const std::string& input) {
        out_ += name + ":\n";
        const std::uint64_t count = 1 + dice_.below(2);
        for (std::uint64_t i = 0; i < count; ++i) {
            out_ += "  - id: " + prefix + std::to_string(i) + "\n";
            if (dice_.chance(20)) {
                sleep();
            } else {
                line("uses: " + anyPlugin());
                line("input: \"" + input + "\"");
            }
        }
    }

    std::string anyPlugin() { return "p" + std::to_string(dice_.below(4)); }
    void line(const std::string& text) { out_ += "    " + text + "\n"; }

    const PipelineWorld& world_;
    Dice& dice_;
    std::string out_;
};

}  // namespace

std::string randomSteps(const PipelineWorld& world, Dice& dice) {
    return Steps(world, dice).write();
}

}  // namespace stepd::test
