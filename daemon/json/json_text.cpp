#include "json/json_text.h"

#include <simdjson.h>

#include <charconv>

namespace stepd::json {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// RFC 8259 section 6. simdjson would convert, and refuse a number that fits no 64 bits: we keep bytes, so any will do.
bool isNumber(std::string_view text) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t start = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - start;
    };
    const auto skip = [&](char c) { return at < text.size() && text[at] == c && ++at > 0; };
    skip('-');
    const std::size_t first = at;
    const std::size_t whole = digits();
    if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
    if (skip('.') && digits() == 0) return false;
    if (at < text.size() && (text[at] | 0x20) == 'e') {
        ++at;
        if (!skip('+')) skip('-');
        if (digits() == 0) return false;
    }
    return at == text.size();
}

/// Looks at every value once. Errors of simdjson come as exceptions; our own limits as Problem.
class Walk {
public:
    explicit Walk(const Limits& limits) : limits_(limits) {}

    /// False when a limit is passed or a value is wrong; then `problem` says what.
    bool value(ondemand::value element, std::size_t depth) {
        if (depth > limits_.depth)
            return refuse("JSON is nested deeper than " + std::to_string(limits_.depth) + " levels");
        if (++nodes_ > limits_.nodes + 1)  // the list around the document counts one
            return refuse("JSON has more than " + std::to_string(limits_.nodes) + " values");
        switch (element.type()) {
            case ondemand::json_type::object:
                for (auto field : element.get_object()) {
                    [[maybe_unused]] const std::string_view key = field.unescaped_key();
                    if (!value(field.value(), depth + 1)) return false;
                }
                return true;
            case ondemand::json_type::array:
                for (ondemand::value item : element.get_array())
                    if (!value(item, depth + 1)) return false;
                return true;
            case ondemand::json_type::string: return std::string_view(element.get_string()).data() != nullptr;
            case ondemand::json_type::boolean: return static_cast<bool>(element.get_bool()) || true;
            case ondemand::json_type::null: return element.is_null() || refuse("not valid JSON: a misspelt null");
            case ondemand::json_type::number:
                return isNumber(trimmed(element.raw_json_token())) || refuse("not valid JSON: a malformed number");
        }
        return refuse("not valid JSON");
    }
    bool refuse(std::string message) {
        problem = {std::move(message)};
        return false;
    }

    Problem problem;

private:
    const Limits& limits_;
    std::size_t nodes_ = 0;
};

Kind kindOf(char first) {
    switch (first) {
        case '{': return Kind::Object;
        case '[': return Kind::Array;
        case '"': return Kind::String;
        case 't': return Kind::True;
        case 'f': return Kind::False;
        case 'n': return Kind::Null;
        default: return Kind::Number;
    }
}

std::optional<ondemand::value> childOf(ondemand::value parent, const std::string& key) {
    ondemand::json_type type{};
    if (parent.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    ondemand::value child;
    if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (parent.get_object().get(object) == simdjson::SUCCESS &&
            object.find_field_unordered(key).get(child) == simdjson::SUCCESS)
            return child;
    } else if (type == ondemand::json_type::array) {
        std::size_t index = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
        ondemand::array array;
        if (error == std::errc() && end == key.data() + key.size() &&
            parent.get_array().get(array) == simdjson::SUCCESS && array.at(index).get(child) == simdjson::SUCCESS)
            return child;
    }
    return std::nullopt;
}

std::optional<std::string_view> rawOf(ondemand::value& value) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    std::string_view raw;
    if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(raw) != simdjson::SUCCESS)
            return std::nullopt;
    } else if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(raw) != simdjson::SUCCESS)
            return std::nullopt;
    } else {
        raw = value.raw_json_token();
    }
    return trimmed(raw);
}

}  // namespace

Checked check(std::string_view text, const Limits& limits) {
    const auto inner = trimmed(text);
    if (inner.empty()) return {std::nullopt, {"not valid JSON: it is empty"}};
    // simdjson gives a scalar document only as a document, so it goes in as the one item of a list.
    std::string wrapped;
    wrapped.reserve(inner.size() + 2 + simdjson::SIMDJSON_PADDING);
    wrapped.append("[").append(inner).append("]");
    Walk walk(limits);
    try {
        ondemand::parser parser;
        ondemand::document document = parser.iterate(wrapped);
        std::size_t items = 0;
        for (ondemand::value item : document.get_array()) {
            if (++items > 1) return {std::nullopt, {"not valid JSON: more than one document"}};
            if (!walk.value(item, 1)) return {std::nullopt, walk.problem};
        }
        const char* rest = nullptr;
        const bool ended = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
        if (items == 1 && ended) return {kindOf(inner.front()), {}};
        return {std::nullopt, {"not valid JSON: something follows the document"}};
    } catch (const simdjson::simdjson_error& e) {
        std::string why = e.what();
        while (why.ends_with('.')) why.pop_back();
        return {std::nullopt, {"not valid JSON: " + why}};
    }
}

std::optional<std::string_view> rawAt(std::string_view text, std::span<const std::string> path) {
    if (path.empty()) return trimmed(text);
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::value value;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
    if (document.get_value().get(value) != simdjson::SUCCESS) return std::nullopt;
    for (const auto& key : path) {
        const auto child = childOf(value, key);
        if (!child) return std::nullopt;
        value = *child;
    }
    const auto raw = rawOf(value);
    if (!raw) return std::nullopt;
    return text.substr(static_cast<std::size_t>(raw->data() - padded.data()), raw->size());
}

std::optional<std::vector<std::pair<std::string, std::string_view>>> fieldsOf(std::string_view text) {
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
    if (document.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
    std::vector<std::pair<std::string, std::string_view>> fields;
    for (auto entry : object) {
        ondemand::field field;
        std::string_view key;
        if (std::move(entry).get(field) != simdjson::SUCCESS || field.unescaped_key().get(key) != simdjson::SUCCESS)
            return std::nullopt;
        const auto raw = rawOf(field.value());
        if (!raw) return std::nullopt;
        fields.emplace_back(key, text.substr(static_cast<std::size_t>(raw->data() - padded.data()), raw->size()));
    }
    return fields;
}

std::optional<std::vector<std::string_view>> itemsOf(std::string_view text) {
    const simdjson::padded_string padded(text);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array array;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
    if (document.get_array().get(array) != simdjson::SUCCESS) return std::nullopt;
    std::vector<std::string_view> items;
    for (auto entry : array) {
        if (entry.error() != simdjson::SUCCESS) return std::nullopt;
        ondemand::value value = entry.value_unsafe();
        const auto raw = rawOf(value);
        if (!raw) return std::nullopt;
        items.push_back(text.substr(static_cast<std::size_t>(raw->data() - padded.data()), raw->size()));
    }
    return items;
}

std::optional<std::string> stringOf(std::string_view raw) {
    const simdjson::padded_string padded(raw);
    ondemand::parser parser;
    ondemand::document document;
    std::string_view value;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
    if (document.get_string().get(value) != simdjson::SUCCESS) return std::nullopt;
    return std::string(value);
}

}  // namespace stepd::json
