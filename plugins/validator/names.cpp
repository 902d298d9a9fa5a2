#include "validator/names.h"

#include <algorithm>

#include "url/unicode.h"

namespace stepd::validator {
namespace {

std::string cleaned(const std::string& text) {
    auto points = url::codePoints(text);
    std::erase_if(points, url::isInvisible);
    return url::collapseSpaces(url::toNfc(url::utf8(points)));
}

bool hasControls(const std::string& text) {
    const auto points = url::codePoints(text);
    return std::any_of(points.begin(), points.end(), url::isControl);
}

}  // namespace

std::string readName(const Json& data, const std::string& field, std::size_t mostCodePoints, Report& report) {
    const auto refuse = [&](const char* code, std::string message) {
        report.error(field, {code, std::move(message)});
        return std::string();
    };
    const auto found = data.find(field);
    if (found == data.end() || found->is_null()) return refuse("required", "the name is required");
    if (!found->is_string()) return refuse("invalid_type", "the name must be a string");
    std::string name = cleaned(found->get_ref<const std::string&>());
    if (name.empty()) return refuse("empty", "the name is empty");
    if (url::length(name) > mostCodePoints)
        return refuse("too_long", "the name has more than " + std::to_string(mostCodePoints) + " characters");
    if (hasControls(name)) return refuse("invalid_characters", "the name holds control characters");
    return name;
}

}  // namespace stepd::validator
