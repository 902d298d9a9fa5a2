#include "yaml/source_map.h"

#include <algorithm>

namespace stepd::yaml {
namespace {

bool startsCharacter(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::size_t rowOf(const YAML::Mark& place) {
    return static_cast<std::size_t>(std::max(place.line, 0));
}

}  // namespace

SourceMap::SourceMap(std::string_view text) : text_(text), starts_{0} {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '\n') starts_.push_back(i + 1);
}

std::size_t SourceMap::offset(const YAML::Mark& place) const {
    const std::size_t row = rowOf(place);
    if (row >= starts_.size()) return text_.size();
    return std::min(starts_[row] + static_cast<std::size_t>(std::max(place.column, 0)), text_.size());
}

Mark SourceMap::mark(const YAML::Mark& place) {
    const std::size_t row = rowOf(place);
    if (row >= starts_.size()) return {static_cast<int>(row) + 1, 1};
    const std::size_t bytes = offset(place) - starts_[row];
    if (counted_.row != row || counted_.bytes > bytes) counted_ = {row, 0, 0};
    for (; counted_.bytes < bytes; ++counted_.bytes)
        if (startsCharacter(text_[starts_[row] + counted_.bytes])) ++counted_.characters;
    return {static_cast<int>(row) + 1, counted_.characters + 1};
}

std::string_view SourceMap::line(std::size_t number) const {
    if (number >= starts_.size()) return {};
    const std::string_view rest = text_.substr(starts_[number]);
    return rest.substr(0, rest.find_first_of("\r\n"));
}

std::size_t SourceMap::indent(std::size_t number) {
    if (indent_.known && indent_.row == number) return indent_.length;
    const std::string_view whole = line(number);
    indent_ = {number, std::min(whole.find_first_not_of(" \t-?"), whole.size()), true};
    return indent_.length;
}

}  // namespace stepd::yaml
