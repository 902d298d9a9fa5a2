#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stepd::worker {

/// The longest frame in either direction: what the host takes from any worker.
inline constexpr std::uint32_t kMaxExecFrameBytes = 64U << 20;

/// Cuts the stream of a program into frames: four bytes of length, little-endian, and so many bytes of text. Keeps what
/// has arrived and no more, whatever a length promises. One thread.
class ExecFrames {
public:
    void feed(std::string_view bytes);
    /// The text of the next frame, borrowed until `feed`; absent until more bytes come, and for ever once a length is
    /// above the limit.
    std::optional<std::string_view> next();
    /// What is wrong with the stream, as the end of a sentence; empty: nothing.
    const std::string& violation() const { return violation_; }
    /// Bytes that are not a whole frame yet.
    std::size_t unfinished() const { return buffer_.size() - at_; }

private:
    std::string buffer_;
    std::size_t at_ = 0;  ///< of the first byte that was not returned
    std::string violation_;
};

/// The four bytes in front of a text; it must not be longer than kMaxExecFrameBytes.
std::string execFramePrefix(std::size_t textBytes);

}  // namespace stepd::worker
