#include "worker/exec_frames.h"

namespace stepd::worker {
namespace {
constexpr std::size_t kPrefixBytes = 4;
constexpr std::size_t kKeptBytes = 1U << 20;  // of the buffer, for the next frames
}  // namespace

void ExecFrames::feed(std::string_view bytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    if (buffer_.empty() && buffer_.capacity() > kKeptBytes) std::string().swap(buffer_);
    buffer_ += bytes;
}

std::optional<std::string_view> ExecFrames::next() {
    if (!violation_.empty() || unfinished() < kPrefixBytes) return std::nullopt;
    std::uint32_t length = 0;
    for (std::size_t i = kPrefixBytes; i-- > 0;) length = length << 8U | static_cast<std::uint8_t>(buffer_[at_ + i]);
    if (length > kMaxExecFrameBytes) {
        violation_ = "began a frame of " + std::to_string(length) + " bytes, more than the " +
                     std::to_string(kMaxExecFrameBytes) +
                     " that are allowed; if it prints to standard output: only frames may go there, standard error "
                     "goes to the log";
        return std::nullopt;
    }
    if (unfinished() < kPrefixBytes + length) return std::nullopt;
    const std::string_view text = std::string_view(buffer_).substr(at_ + kPrefixBytes, length);
    at_ += kPrefixBytes + length;
    return text;
}

std::string execFramePrefix(std::size_t textBytes) {
    std::string prefix;
    for (std::size_t i = 0; i < kPrefixBytes; ++i) prefix += static_cast<char>(textBytes >> (8 * i) & 0xFFU);
    return prefix;
}

}  // namespace stepd::worker
