#include "worker/exec_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "json/json_text.h"

namespace stepd::worker {

ExecFields::ExecFields(std::string_view json, std::string what) : what_(std::move(what)) {
    auto fields = json::fieldsOf(json);
    if (!fields) throw BadFrame{"sent " + what_ + " that is no JSON object"};
    for (auto& [name, value] : *fields) fields_.push_back({std::move(name), value});
}

ExecFields::Field* ExecFields::find(std::string_view name) {
    const auto at =
        std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
    return at == fields_.end() ? nullptr : &*at;
}

void ExecFields::refuse(std::string_view name, const std::string& why) const {
    throw BadFrame{"sent " + what_ + " whose `" + std::string(name) + "` " + why};
}

std::string_view ExecFields::raw(std::string_view name) {
    Field* field = find(name);
    if (field == nullptr) return {};
    field->asked = true;
    return field->value == "null" ? std::string_view() : field->value;
}

std::string ExecFields::text(std::string_view name) {
    const auto value = raw(name);
    if (value.empty()) return {};
    auto text = json::stringOf(value);
    if (!text) refuse(name, "is no text");
    return std::move(*text);
}

std::string ExecFields::required(std::string_view name) {
    auto value = text(name);
    if (value.empty()) throw BadFrame{"sent " + what_ + " without `" + std::string(name) + "`"};
    return value;
}

bool ExecFields::flag(std::string_view name) {
    const auto value = raw(name);
    if (!value.empty() && value != "true" && value != "false") refuse(name, "is neither true nor false");
    return value == "true";
}

double ExecFields::number(std::string_view name, double absent) {
    const auto value = raw(name);
    if (value.empty()) return absent;
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number))
        refuse(name, "is no number");
    return number;
}

std::int64_t ExecFields::whole(std::string_view name, std::int64_t absent, std::int64_t least, std::int64_t most) {
    const double number = this->number(name, static_cast<double>(absent));
    if (number != std::floor(number) || number < static_cast<double>(least) || number > static_cast<double>(most))
        refuse(name, "is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<std::int64_t>(number);
}

std::vector<std::string_view> ExecFields::items(std::string_view name) {
    const auto value = raw(name);
    if (value.empty()) return {};
    auto items = json::itemsOf(value);
    if (!items) refuse(name, "is no array");
    return std::move(*items);
}

void ExecFields::finish() const {
    for (const Field& field : fields_)
        if (!field.asked)
            throw BadFrame{"sent " + what_ + " with the unknown field `" + quotedForLog(field.name) + "`"};
}

}  // namespace stepd::worker
