#include "host/line_capture.h"

#include <algorithm>
#include <utility>

namespace stepd::host {
namespace {
constexpr std::size_t kLongestLine = 4096;
}

bool LineLimiter::admit(Instant now) {
    if (now - second_ >= 1s) {
        second_ = now;
        passed_ = 0;
    }
    if (passed_ >= perSecond_) return ++dropped_, false;
    return ++passed_, true;
}

std::uint64_t LineLimiter::takeDropped(Instant now) {
    return now - second_ >= 1s ? std::exchange(dropped_, 0) : 0;
}

void LineCapture::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = std::min(bytes.find('\n'), bytes.size());
        const auto taken = std::min(end, kLongestLine - line_.size());
        line_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        const bool lineEnds = !bytes.empty() && bytes.front() == '\n';
        if (lineEnds) bytes.remove_prefix(1);
        if (lineEnds || line_.size() >= kLongestLine) sink_(std::exchange(line_, {}));
    }
}

void LineCapture::flush() {
    if (!line_.empty()) sink_(std::exchange(line_, {}));
}

}  // namespace stepd::host
