#include "ctl/plain_output.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace stepd::ctl {
namespace {

constexpr unsigned char kFirst = static_cast<unsigned char>(Control::Reset);

bool isControl(char c) {
    return static_cast<unsigned char>(c) >= kFirst;
}

std::string_view sequenceOf(char control) {
    constexpr std::array<std::string_view, 8> kSequences{"\x1B[0m", "\x1B[32m", "\x1B[31m", "\x1B[36m",
                                                         "\x1B[2m", "\x1B[1m",  "\x1B[A",   "\x1B[J"};
    return kSequences[static_cast<unsigned char>(control) - kFirst];
}

/// How many bytes at the end begin a character of UTF-8 and are not all of it.
std::size_t begunAtEnd(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const auto c = static_cast<unsigned char>(text[text.size() - back]);
        if ((c & 0xC0U) == 0x80U) continue;
        const std::size_t length = c >= kFirst || c < 0xC0 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        return length > back ? back : 0;
    }
    return 0;
}

}  // namespace

PlainOutput::~PlainOutput() {
    write(begun_);
    to_->pubsync();
    stream_.rdbuf(to_);
}

PlainOutput::int_type PlainOutput::overflow(int_type c) {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
}

std::streamsize PlainOutput::xsputn(const char* text, std::streamsize size) {
    std::string all = std::move(begun_);
    all.append(text, static_cast<std::size_t>(size));
    const std::size_t whole = all.size() - begunAtEnd(all);
    begun_ = all.substr(whole);
    all.resize(whole);
    write(all);
    return size;
}

void PlainOutput::write(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (isControl(text[at])) {
            out += sequenceOf(text[at++]);
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !isControl(text[end])) ++end;
        out += plainText(std::string_view(text).substr(at, end - at));
        at = end;
    }
    to_->sputn(out.data(), static_cast<std::streamsize>(out.size()));
}

}  // namespace stepd::ctl
