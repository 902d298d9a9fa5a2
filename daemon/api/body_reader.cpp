#include "api/body_reader.h"

#include <algorithm>
#include <charconv>

#include "base/diagnostic.h"
#include "json/json_text.h"

namespace stepd::api {

BodyReader::BodyReader(std::string_view body, std::initializer_list<std::string_view> known) {
    if (body.empty()) return;
    const auto checked = json::check(body);
    if (!checked.kind) {
        refuse("The body is refused: " + checked.problem.message + ".");
        return;
    }
    if (checked.kind != json::Kind::Object) {
        refuse("The body must be a JSON object.");
        return;
    }
    fields_ = json::fieldsOf(body).value_or(std::vector<std::pair<std::string, std::string_view>>());
    const std::vector<std::string> names(known.begin(), known.end());
    for (const auto& [key, value] : fields_) {
        if (std::find(names.begin(), names.end(), key) != names.end()) continue;
        const std::string meant = didYouMean(key, names);
        refuse("The body has an unknown field " + key + (meant.empty() ? "." : "; did you mean " + meant + "?"));
    }
}

std::string_view BodyReader::find(std::string_view key) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const auto& f) { return f.first == key; });
    if (found == fields_.end() || found->second == "null") return {};
    return found->second;
}

std::optional<std::string> BodyReader::raw(std::string_view key) const {
    const auto value = find(key);
    return value.empty() ? std::nullopt : std::optional(std::string(value));
}

std::optional<std::string> BodyReader::text(std::string_view key) {
    const auto value = find(key);
    if (value.empty()) return std::nullopt;
    auto text = json::stringOf(value);
    if (!text) refuse(std::string(key) + " must be a text.");
    return text;
}

std::optional<bool> BodyReader::flag(std::string_view key) {
    const auto value = find(key);
    if (value == "true" || value == "false") return value == "true";
    if (!value.empty()) refuse(std::string(key) + " must be true or false.");
    return std::nullopt;
}

std::optional<std::int64_t> BodyReader::number(std::string_view key) {
    const auto value = find(key);
    if (value.empty()) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc() && end == value.data() + value.size()) return number;
    refuse(std::string(key) + " must be a whole number.");
    return std::nullopt;
}

void BodyReader::refuse(std::string sentence) {
    if (problem_.empty()) problem_ = std::move(sentence);
}

}  // namespace stepd::api
