#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::pipeline {

/// A stretch of a scalar: text, or what stands between `${{` and `}}` without the blanks at its ends.
struct Piece {
    bool expression = false;
    std::string text;
    std::size_t offset = 0;  ///< of its first byte in the scalar
};

struct Pieces {
    std::vector<Piece> pieces;            ///< no empty texts; `$${{` is the text `${{`
    std::optional<std::size_t> unclosed;  ///< offset of a `${{` that has no `}}`
};

/// Cuts a scalar at its expressions. Braces of CEL maps and anything in CEL strings do not end an expression.
Pieces splitExpressions(std::string_view scalar);

}  // namespace stepd::pipeline
