#include "simulation/world.h"

namespace stepd::test {
namespace {

class Writer {
public:
    Writer(const std::string& name, Random& random) : random_(random) {
        out_ = "version: 1\nid: " + name + "\non: [{event: " + name + "}]\n";
        if (chance(30)) out_ += "idempotency: {key: event.data.key, ttl: 1h}\n";
        out_ += "defaults: {retry: " + retry() + "}\nsteps:\n";
    }

    std::string write() {
        const std::uint64_t count = 1 + below(8);
        for (std::uint64_t i = 0; i < count; ++i) step(i);
        if (chance(50)) out_ += "output: ${{ steps.s" + std::to_string(below(count)) + ".output }}\n";
        return std::move(out_);
    }

private:
    void step(std::uint64_t index) {
        out_ += "  - id: s" + std::to_string(index) + "\n    uses: p" + std::to_string(below(4)) + "\n";
        const bool follows = index > 0 && chance(40);  // without `needs` it follows the one above
        std::vector<std::uint64_t> needs;
        if (!follows) {
            for (std::uint64_t need = 0; need < index; ++need)
                if (chance(35)) needs.push_back(need);
            out_ += "    needs: [";
            for (std::size_t i = 0; i < needs.size(); ++i) out_ += (i == 0 ? "s" : ", s") + std::to_string(needs[i]);
            out_ += "]\n";
        } else {
            needs.push_back(index - 1);
        }
        if (!needs.empty()) upstream("s" + std::to_string(needs[below(needs.size())]));
        if (chance(30)) out_ += "    continue_on_error: true\n";
        if (chance(30)) out_ += "    retry: " + retry() + "\n";
    }

    void upstream(const std::string& need) {
        if (chance(20)) {
            out_ += "    if: steps." + need + ".ok\n";
        } else if (chance(10)) {
            out_ += "    if: steps." + need + ".output.n > 1\n";  // an error where it was skipped
        }
        if (chance(50)) out_ += "    input: ${{ steps." + need + ".output }}\n";
        if (chance(20)) out_ += "    with: {from: \"${{ steps." + need + ".state }}\", id: \"${{ run.id }}\"}\n";
    }

    std::string retry() {
        static const char* const kKinds[] = {"none", "constant", "linear", "exponential"};
        static const char* const kJitters[] = {"none", "full", "equal", "0.3"};
        std::string text = "{attempts: " + std::to_string(1 + below(5)) + ", backoff: " + kKinds[below(4)] +
                           ", initial: " + std::to_string(10 + below(5000)) + "ms, jitter: " + kJitters[below(4)];
        if (chance(20)) text += ", budget: 20s";
        if (chance(20)) text += ", only: [transient, timeout]";
        if (chance(20)) text += ", except: [broken]";
        if (chance(20)) text += ", when: \"error.code != 'broken'\"";
        if (chance(20)) text += ", on_exhausted: continue";
        return text + "}";
    }

    std::uint64_t below(std::uint64_t end) { return random_.next() % end; }
    bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }

    Random& random_;
    std::string out_;
};

}  // namespace

std::string randomPipeline(const std::string& name, Random& random) {
    return Writer(name, random).write();
}

}  // namespace stepd::test
