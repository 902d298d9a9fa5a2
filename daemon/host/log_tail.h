#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace stepd::host {

/// The last lines of a worker, for the report of its death. One thread.
class LogTail {
public:
    static constexpr std::size_t kLines = 10;

    /// `token` is that of the call that wrote it; 0: the worker's stdout or stderr.
    void add(std::uint64_t token, std::string line) {
        if (lines_.size() == kKept) lines_.pop_front();
        lines_.emplace_back(token, std::move(line));
    }
    /// The last of that call and of no call in particular, oldest first.
    std::vector<std::string> of(std::uint64_t token) const {
        std::deque<std::string> last;
        for (auto at = lines_.rbegin(); at != lines_.rend() && last.size() < kLines; ++at)
            if (at->first == token || at->first == 0) last.push_front(at->second);
        return {last.begin(), last.end()};
    }

private:
    static constexpr std::size_t kKept = 64;  // of several calls at once
    std::deque<std::pair<std::uint64_t, std::string>> lines_;
};

}  // namespace stepd::host
