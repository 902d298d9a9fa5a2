#include "pipeline/pipeline.h"

namespace stepd::pipeline {

bool EventTrigger::matches(std::string_view eventName) const {
    // Greedy with one step back to the last star: linear in practice, never exponential.
    const std::string_view want = pattern;
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    for (std::size_t i = 0; i < eventName.size();) {
        if (at < want.size() && want[at] == '*') {
            star = at++;
            resume = i;
        } else if (at < want.size() && want[at] == eventName[i]) {
            ++at;
            ++i;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (at < want.size() && want[at] == '*') ++at;
    return at == want.size();
}

}  // namespace stepd::pipeline
