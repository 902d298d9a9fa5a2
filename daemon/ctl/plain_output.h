#pragma once

#include <cstdint>
#include <ostream>
#include <streambuf>
#include <string>

namespace stepd::ctl {

/// What stepctl itself tells a terminal: bytes that stand in no UTF-8, so that nobody else's text holds them.
enum class Control : std::uint8_t { Reset = 0xF8, Green, Red, Cyan, Faint, Bold, LineUp, ClearBelow };
inline std::string code(Control control) {
    return {static_cast<char>(control)};
}

/// While it lives, all that is written to `stream` is plain text (base/text.h): plugins and peers have their say there,
/// and a terminal does what ESC tells it. Only Control gets through.
class PlainOutput : private std::streambuf {
public:
    explicit PlainOutput(std::ostream& stream) : stream_(stream), to_(stream.rdbuf(this)) {}
    ~PlainOutput() override;
    PlainOutput(const PlainOutput&) = delete;
    PlainOutput& operator=(const PlainOutput&) = delete;

private:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override { return to_->pubsync(); }
    void write(const std::string& text);

    std::ostream& stream_;
    std::streambuf* to_;
    std::string begun_;  ///< a character of which the rest is to come
};

}  // namespace stepd::ctl
