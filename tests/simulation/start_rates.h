#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/gcra.h"

namespace stepd::test {

/// Knows every start of each rate, and so without any arithmetic of the engine's whether there were too many.
class StartRates {
public:
    /// False: more have started than `rule` allows in the time since some earlier start. Where the clock was set back
    /// the count begins anew.
    bool start(const std::string& lane, const engine::GcraRule& rule, Timestamp at) {
        std::vector<Timestamp>& starts = starts_[lane];
        if (!starts.empty() && at < starts.back()) starts.clear();
        starts.push_back(at);
        std::size_t count = 0;
        for (auto first = starts.rbegin(); first != starts.rend(); ++first) {
            const auto most = rule.capacity + static_cast<std::size_t>((at - *first) / rule.interval);
            if (++count > most) return false;
        }
        return true;
    }
    void clear() { starts_.clear(); }

private:
    std::map<std::string, std::vector<Timestamp>> starts_;
};

}  // namespace stepd::test
