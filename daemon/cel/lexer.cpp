#include "cel/lexer.h"

#include <algorithm>
#include <array>
#include <optional>

namespace stepd::cel {
namespace {

constexpr std::array<std::string_view, 24> kSymbols = {"&&", "||", "==", "!=", "<=", ">=", "(", ")",
                                                       "[",  "]",  "{",  "}",  ".",  ",",  ":", "?",
                                                       "+",  "-",  "*",  "/",  "%",  "!",  "<", ">"};

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isHexDigit(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool startsIdentifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool isQuotable(char c) {
    return startsIdentifier(c) || isDigit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
}

class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source) {}

    Result<std::vector<Token>, SyntaxError> run() {
        do {
            skipSpace();
            start_ = at_;
            if (!readToken()) return Result<std::vector<Token>, SyntaxError>::failure(*error_);
        } while (tokens_.back().kind != TokenKind::End);
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
    bool done() const { return at_ >= source_.size(); }

    bool add(TokenKind kind) {
        tokens_.push_back({kind, source_.substr(start_, at_ - start_), start_});
        return true;
    }

    bool fail(std::size_t offset, std::string message, std::string hint = {}) {
        error_ = SyntaxError{offset, std::move(message), std::move(hint)};
        return false;
    }

    void skipSpace() {
        for (; !done(); ++at_) {
            if (peek() == '/' && peek(1) == '/')
                at_ = std::min(source_.find('\n', at_), source_.size() - 1);
            else if (std::string_view(" \t\r\n\f").find(peek()) == std::string_view::npos)
                return;
        }
    }

    bool readToken() {
        if (done()) return add(TokenKind::End);
        if (const auto prefix = stringPrefix()) return readString(*prefix);
        if (startsIdentifier(peek())) return readIdentifier();
        if (isDigit(peek()) || (peek() == '.' && isDigit(peek(1)))) return readNumber();
        if (peek() == '`') return readQuoted();
        for (const auto symbol : kSymbols) {
            if (!source_.substr(at_).starts_with(symbol)) continue;
            at_ += symbol.size();
            return add(TokenKind::Symbol);
        }
        return fail(at_, "this character has no meaning here", peek() == '=' ? "equality is written ==" : "");
    }

    bool readIdentifier() {
        while (startsIdentifier(peek()) || isDigit(peek())) ++at_;
        return add(TokenKind::Identifier);
    }

    bool readQuoted() {
        ++at_;
        while (isQuotable(peek())) ++at_;
        if (peek() != '`' || at_ == start_ + 1)
            return fail(at_, "a name in backticks has letters, digits, spaces and _ . - / and ends with a backtick");
        tokens_.push_back({TokenKind::Quoted, source_.substr(start_ + 1, at_ - start_ - 1), start_});
        ++at_;
        return true;
    }

    bool readNumber() {
        auto kind = TokenKind::Int;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && isHexDigit(peek(2))) {
            at_ += 2;
            while (isHexDigit(peek())) ++at_;
        } else {
            kind = readDecimal();
        }
        if (kind == TokenKind::Int && (peek() == 'u' || peek() == 'U')) {
            ++at_;
            kind = TokenKind::Uint;
        }
        if (startsIdentifier(peek()) || isDigit(peek())) return fail(start_, "this is no number");
        return add(kind);
    }

    TokenKind readDecimal() {
        auto kind = TokenKind::Int;
        while (isDigit(peek())) ++at_;
        if (peek() == '.' && isDigit(peek(1))) {
            kind = TokenKind::Double;
            ++at_;
            while (isDigit(peek())) ++at_;
        }
        if (peek() == 'e' || peek() == 'E') {
            const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (!isDigit(peek(1 + sign))) return kind;
            kind = TokenKind::Double;
            at_ += 1 + sign;
            while (isDigit(peek())) ++at_;
        }
        return kind;
    }

    struct Prefix {
        std::size_t size = 0;
        bool raw = false;
        bool bytes = false;
    };

    /// Set if a string or bytes literal begins here.
    std::optional<Prefix> stringPrefix() const {
        Prefix prefix;
        if (peek() == 'b' || peek() == 'B') prefix = {1, false, true};
        if (peek(prefix.size) == 'r' || peek(prefix.size) == 'R') prefix = {prefix.size + 1, true, prefix.bytes};
        if (peek(prefix.size) != '"' && peek(prefix.size) != '\'') return std::nullopt;
        return prefix;
    }

    bool readString(const Prefix& prefix) {
        at_ += prefix.size;
        const char quote = peek();
        const bool triple = peek(1) == quote && peek(2) == quote;
        const std::string_view end = source_.substr(at_, triple ? 3 : 1);
        at_ += end.size();
        for (; !done(); ++at_) {
            if (source_.substr(at_).starts_with(end)) {
                at_ += end.size();
                return add(prefix.bytes ? TokenKind::Bytes : TokenKind::String);
            }
            if (!triple && (peek() == '\n' || peek() == '\r')) break;
            if (!prefix.raw && peek() == '\\') ++at_;
        }
        return fail(start_, "the string does not end",
                    triple ? "" : "a string over several lines stands in triple quotes");
    }

    std::string_view source_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;
    std::vector<Token> tokens_;
    std::optional<SyntaxError> error_;
};

}  // namespace

Result<std::vector<Token>, SyntaxError> tokenize(std::string_view source) {
    return Lexer(source).run();
}

}  // namespace stepd::cel
