#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stepd::cel {

enum class TokenKind {
    End,
    Identifier,  ///< keywords and reserved words among them
    Quoted,      ///< `in backticks`: a field that is no identifier; `text` is without the ticks
    Int,
    Uint,
    Double,
    String,  ///< `text` with prefix and quotes
    Bytes,
    Symbol,  ///< operator or punctuation; `text` tells which
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::string_view text;  ///< points into the source
    std::size_t offset = 0;
};

/// A mistake at a place of the source, in bytes from its start.
struct SyntaxError {
    std::size_t offset = 0;
    std::string message;
    std::string hint = {};
};

/// CEL spec, "Syntax". The last token is `End`. Literals are found here and decoded by the parser.
Result<std::vector<Token>, SyntaxError> tokenize(std::string_view source);

}  // namespace stepd::cel
