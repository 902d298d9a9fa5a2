#include "json/json_text.h"

#include <simdjson.h>

#include <charconv>

namespace stepd::json {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

Kind kindOf(const dom::element& element) {
    switch (element.type()) {
        case dom::element_type::OBJECT: return Kind::Object;
        case dom::element_type::ARRAY: return Kind::Array;
        case dom::element_type::STRING: return Kind::String;
        case dom::element_type::BOOL: return element.get_bool().value_unsafe() ? Kind::True : Kind::False;
        case dom::element_type::NULL_VALUE: return Kind::Null;
        default: return Kind::Number;
    }
}

/// Counts values, object keys not among them; stops counting above `most`.
std::size_t countNodes(const dom::element& element, std::size_t most) {
    std::size_t count = 1;
    if (dom::array array; element.get(array) == simdjson::SUCCESS) {
        for (const dom::element item : array)
            if ((count += countNodes(item, most)) > most) return count;
    } else if (dom::object object; element.get(object) == simdjson::SUCCESS) {
        for (const dom::key_value_pair field : object)
            if ((count += countNodes(field.value, most)) > most) return count;
    }
    return count;
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

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
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
    dom::parser parser;
    if (parser.allocate(text.size() + 1, limits.depth) != simdjson::SUCCESS)
        return {std::nullopt, {"the document is too large"}};
    dom::element root;
    const auto error = parser.parse(text.data(), text.size()).get(root);
    if (error == simdjson::DEPTH_ERROR)
        return {std::nullopt, {"JSON is nested deeper than " + std::to_string(limits.depth) + " levels"}};
    if (error != simdjson::SUCCESS)
        return {std::nullopt, {std::string("not valid JSON: ") + simdjson::error_message(error)}};
    if (countNodes(root, limits.nodes) > limits.nodes)
        return {std::nullopt, {"JSON has more than " + std::to_string(limits.nodes) + " values"}};
    return {kindOf(root), {}};
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
        ondemand::value value;
        if (std::move(entry).get(value) != simdjson::SUCCESS) return std::nullopt;
        const auto raw = rawOf(value);
        if (!raw) return std::nullopt;
        items.push_back(text.substr(static_cast<std::size_t>(raw->data() - padded.data()), raw->size()));
    }
    return items;
}

std::optional<std::string> stringOf(std::string_view raw) {
    dom::parser parser;
    std::string_view value;
    if (parser.parse(raw.data(), raw.size()).get(value) != simdjson::SUCCESS) return std::nullopt;
    return std::string(value);
}

}  // namespace stepd::json
