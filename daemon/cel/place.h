#pragma once

#include <cstddef>
#include <string_view>

namespace stepd::cel {

/// A place in a text; lines and columns are from 1, columns in characters.
struct Place {
    int line = 1;
    int column = 1;
};

/// The place of the byte at `offset`; the end of the text if it lies beyond.
Place placeOf(std::string_view text, std::size_t offset);

}  // namespace stepd::cel
