#include <simdjson.h>

#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "cel/time_text.h"
#include "cel/value.h"

namespace stepd::cel {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmedToken(std::string_view token) {
    return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

// From the token, as simdjson has no integers beyond 64 bits.
Value numberOf(std::string_view token) {
    std::int64_t whole = 0;
    const char* const end = token.data() + token.size();
    if (const auto [at, error] = std::from_chars(token.data(), end, whole); error == std::errc() && at == end)
        return token == "-0" ? Value::real(-0.0) : Value::integer(whole);
    double real = 0;
    const auto [at, error] = std::from_chars(token.data(), end, real);
    if (at != end || error == std::errc::invalid_argument)
        throw Error(ErrorCode::InvalidArgument, "not a JSON number: " + std::string(token));
    if (error == std::errc::result_out_of_range) real = std::strtod(std::string(token).c_str(), nullptr);
    return Value::real(real);
}

constexpr int kMostDepth = 1000;  // simdjson counts levels, but does not stop

Value valueOf(ondemand::value element, int depth);

Value listOf(ondemand::array array, int depth) {
    std::vector<Value> items;
    for (ondemand::value item : array) items.push_back(valueOf(item, depth + 1));
    return Value::list(std::move(items));
}

Value mapOf(ondemand::object object, int depth) {
    std::vector<MapEntry> entries;
    for (auto field : object) {
        std::string key(std::string_view(field.unescaped_key()));
        entries.emplace_back(Value::string(std::move(key)), valueOf(field.value(), depth + 1));
    }
    return Value::map(std::move(entries));
}

Value valueOf(ondemand::value element, int depth) {
    if (depth > kMostDepth) throw Error(ErrorCode::InvalidArgument, "JSON is nested too deep");
    switch (element.type()) {
        case ondemand::json_type::array: return listOf(element.get_array(), depth);
        case ondemand::json_type::object: return mapOf(element.get_object(), depth);
        case ondemand::json_type::string: return Value::string(std::string(std::string_view(element.get_string())));
        case ondemand::json_type::boolean: return Value::boolean(element.get_bool());
        case ondemand::json_type::null:
            if (!element.is_null()) break;
            return Value::null();
        case ondemand::json_type::number: return numberOf(trimmedToken(element.raw_json_token()));
    }
    throw Error(ErrorCode::InvalidArgument, "not valid JSON: no value begins like this");
}

// simdjson hands out a scalar document only as a document, so it goes in as the one item of a list.
Value parsed(std::string_view json) {
    std::string wrapped;
    wrapped.reserve(json.size() + 2 + simdjson::SIMDJSON_PADDING);
    wrapped.append("[").append(json).append("]");
    ondemand::parser parser;
    auto document = parser.iterate(wrapped);
    const Value list = listOf(document.get_array(), 0);
    const bool more = document.current_location().error() != simdjson::OUT_OF_BOUNDS;
    if (more || list.items()->size() != 1) throw Error(ErrorCode::InvalidArgument, "not one JSON document");
    return list.items()->front();
}

bool append(std::string& out, const Value& value);

bool appendReal(std::string& out, double value) {
    if (!std::isfinite(value)) return false;
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    const std::string_view text(digits, static_cast<std::size_t>(end - digits));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
    return true;
}

bool appendList(std::string& out, const std::vector<Value>& items) {
    out += '[';
    for (const auto& item : items) {
        if (&item != items.data()) out += ',';
        if (!append(out, item)) return false;
    }
    out += ']';
    return true;
}

bool appendKey(std::string& out, const Value& key) {
    switch (key.kind()) {
        case Kind::String: appendJsonString(out, *key.text()); return true;
        case Kind::Bool:
        case Kind::Int:
        case Kind::Uint: {
            std::string text;
            append(text, key);
            appendJsonString(out, text);
            return true;
        }
        default: return false;
    }
}

bool appendMap(std::string& out, const std::vector<MapEntry>& entries) {
    out += '{';
    for (const auto& entry : entries) {
        if (&entry != entries.data()) out += ',';
        if (!appendKey(out, entry.first)) return false;
        out += ':';
        if (!append(out, entry.second)) return false;
    }
    out += '}';
    return true;
}

bool append(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Kind::Null: out += "null"; return true;
        case Kind::Bool: out += *value.asBool() ? "true" : "false"; return true;
        case Kind::Int: out += std::to_string(*value.asInt()); return true;
        case Kind::Uint: out += std::to_string(*value.asUint()); return true;
        case Kind::Double: return appendReal(out, *value.asDouble());
        case Kind::String: appendJsonString(out, *value.text()); return true;
        case Kind::Bytes: appendJsonString(out, toBase64(*value.octets())); return true;
        case Kind::List: return appendList(out, *value.items());
        case Kind::Map: return appendMap(out, *value.entries());
        case Kind::Timestamp: appendJsonString(out, toText(*value.asTimestamp())); return true;
        case Kind::Duration: appendJsonString(out, toText(*value.asDuration())); return true;
        case Kind::Type: return false;
        case Kind::Optional: return append(out, value.inner() ? *value.inner() : Value::null());
    }
    return false;
}

}  // namespace

Value fromJson(std::string_view json) {
    try {
        return parsed(json);
    } catch (const simdjson::simdjson_error& error) {
        throw Error(ErrorCode::InvalidArgument, std::string("not valid JSON: ") + error.what());
    }
}

std::optional<std::string> toJson(const Value& value) {
    std::string out;
    if (!append(out, value)) return std::nullopt;
    return out;
}

}  // namespace stepd::cel
