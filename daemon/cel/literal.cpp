#include "cel/literal.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "cel/unicode.h"

namespace stepd::cel {
namespace {

using Decoded = Result<Value, SyntaxError>;

Decoded failAt(std::size_t offset, std::string message) {
    return Decoded::failure({offset, std::move(message)});
}

struct Magnitude {
    std::uint64_t value = 0;
    bool fits = false;
};

Magnitude magnitudeOf(std::string_view digits) {
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        base = 16;
        digits.remove_prefix(2);
    }
    Magnitude found;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), found.value, base);
    found.fits = error == std::errc() && at == digits.data() + digits.size();
    return found;
}

Decoded intOf(const Token& token, bool negative) {
    const auto [size, fits] = magnitudeOf(token.text);
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!fits || size > kMost + (negative ? 1 : 0)) return failAt(token.offset, "the number does not fit 64 bits");
    return Value::integer(static_cast<std::int64_t>(negative ? 0 - size : size));
}

Decoded uintOf(const Token& token) {
    const auto [size, fits] = magnitudeOf(token.text.substr(0, token.text.size() - 1));
    if (!fits) return failAt(token.offset, "the number does not fit 64 bits");
    return Value::uinteger(size);
}

Decoded doubleOf(const Token& token, bool negative) {
    // strtod, as from_chars cannot tell what is too small, which is 0, from what is too large.
    const double value = std::strtod(std::string(token.text).c_str(), nullptr);
    if (std::isinf(value)) return failAt(token.offset, "the number is too large for a double");
    return Value::real(negative ? -value : value);
}

/// What stands between the quotes of a string or bytes token.
struct Body {
    std::string_view text;
    std::size_t offset = 0;
    bool raw = false;
};

Body bodyOf(const Token& token) {
    const auto open = token.text.find_first_of("'\"");
    const auto prefix = token.text.substr(0, open);
    const auto quoted = token.text.substr(open);
    const bool triple = quoted.size() >= 6 && quoted[1] == quoted[0] && quoted[2] == quoted[0];
    const std::size_t quotes = triple ? 3 : 1;
    return {quoted.substr(quotes, quoted.size() - 2 * quotes), token.offset + open + quotes,
            prefix.find_first_of("rR") != std::string_view::npos};
}

char simpleEscape(char c) {
    switch (c) {
        case 'a': return '\a';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        case '\\':
        case '?':
        case '"':
        case '\'':
        case '`': return c;
        default: return '\0';
    }
}

class Unescaper {
public:
    Unescaper(std::string_view text, bool bytes) : text_(text), bytes_(bytes) {}

    /// Absent if an escape is wrong; then `at()` is where it begins.
    std::optional<std::string> run() {
        while (at_ < text_.size()) {
            if (text_[at_] != '\\')
                out_ += text_[at_++];
            else if (!takeEscape())
                return std::nullopt;
        }
        return std::move(out_);
    }
    std::size_t at() const { return at_; }

private:
    bool takeEscape() {
        const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (const char simple = simpleEscape(kind); simple != '\0') {
            out_ += simple;
            at_ += 2;
            return true;
        }
        if (kind == 'x' || kind == 'X') return takeNumber(2, 2, 16);
        if (kind == 'u' && !bytes_) return takeNumber(2, 4, 16);
        if (kind == 'U' && !bytes_) return takeNumber(2, 8, 16);
        if (kind >= '0' && kind <= '3') return takeNumber(1, 3, 8);
        return false;
    }

    bool takeNumber(std::size_t skip, std::size_t digits, int base) {
        if (at_ + skip + digits > text_.size()) return false;
        const char* const first = text_.data() + at_ + skip;
        std::uint32_t code = 0;
        const auto [end, error] = std::from_chars(first, first + digits, code, base);
        if (error != std::errc() || end != first + digits) return false;
        if (bytes_)
            out_ += static_cast<char>(static_cast<unsigned char>(code));
        else if (!appendUtf8(out_, code))
            return false;
        at_ += skip + digits;
        return true;
    }

    std::string_view text_;
    bool bytes_;
    std::size_t at_ = 0;
    std::string out_;
};

Decoded textOf(const Token& token) {
    const bool bytes = token.kind == TokenKind::Bytes;
    const auto make = bytes ? Value::bytes : Value::string;
    const Body body = bodyOf(token);
    if (body.raw) return make(std::string(body.text));
    Unescaper unescaper(body.text, bytes);
    if (auto text = unescaper.run()) return make(*std::move(text));
    return failAt(body.offset + unescaper.at(), "this escape sequence has no meaning");
}

}  // namespace

Result<Value, SyntaxError> literalOf(const Token& token, bool negative) {
    switch (token.kind) {
        case TokenKind::Int: return intOf(token, negative);
        case TokenKind::Uint: return uintOf(token);
        case TokenKind::Double: return doubleOf(token, negative);
        default: return textOf(token);
    }
}

}  // namespace stepd::cel
