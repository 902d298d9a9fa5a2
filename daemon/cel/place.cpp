#include "cel/place.h"

#include <algorithm>

#include "cel/unicode.h"

namespace stepd::cel {

Place placeOf(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto lineStart = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto lines = std::count(before.begin(), before.end(), '\n');
    return {static_cast<int>(lines) + 1, static_cast<int>(codePoints(before.substr(lineStart))) + 1};
}

}  // namespace stepd::cel
