#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <stepd/json.h>
#include <stepd/reflect.h>

namespace stepd {

/// What does not fit, where: `{"path": "/pages/0/url", "message": "must be a string"}`.
struct Finding {
    std::string path;
    std::string message;
};

namespace detail {

/// What JSON of a struct is for; that decides how strict one is.
enum class Use {
    Input,   ///< written by programs: keys that are not known are left alone; for what may be missing see `Codec`
    Config,  ///< written by people: keys that are not known are findings, all may be missing, and null is missing
    Output,  ///< written by us: every field and nothing else
};

struct Reading {
    Use use = Use::Input;
    std::vector<Finding> findings = {};
    void complain(std::string path, std::string message) { findings.push_back({std::move(path), std::move(message)}); }
};

/// How one type is read from JSON, written to it and described. A field may be missing in what a program wrote if it is
/// an optional, or if the struct gives it a default other than zero or empty.
template <typename T>
struct Codec;

template <typename T>
bool mayBeAbsent(const T& initial) {
    if constexpr (Reflected<T>)
        return false;
    else
        return !(initial == T{});
}
template <typename T>
bool mayBeAbsent(const std::optional<T>&) {
    return true;
}
inline bool mayBeAbsent(const Json& initial) {
    return !initial.is_null();
}

template <>
struct Codec<Json> {
    static void read(const Json& json, Json& out, const std::string&, Reading&) { out = json; }
    static Json write(const Json& value) { return value; }
    static Json schema(Use) { return Json::object(); }
};

template <>
struct Codec<std::string> {
    static void read(const Json& json, std::string& out, const std::string& path, Reading& reading) {
        if (json.is_string())
            out = json.get_ref<const std::string&>();
        else
            reading.complain(path, "must be a string");
    }
    static Json write(const std::string& value) { return value; }
    static Json schema(Use) { return {{"type", "string"}}; }
};

template <>
struct Codec<bool> {
    static void read(const Json& json, bool& out, const std::string& path, Reading& reading) {
        if (json.is_boolean())
            out = json.get<bool>();
        else
            reading.complain(path, "must be true or false");
    }
    static Json write(bool value) { return value; }
    static Json schema(Use) { return {{"type", "boolean"}}; }
};

template <typename T>
requires std::is_integral_v<T>
struct Codec<T> {
    static void read(const Json& json, T& out, const std::string& path, Reading& reading) {
        if (json.is_number_unsigned() && std::in_range<T>(json.get<std::uint64_t>()))
            out = json.get<T>();
        else if (json.is_number_integer() && !json.is_number_unsigned() && std::in_range<T>(json.get<std::int64_t>()))
            out = json.get<T>();
        else
            reading.complain(path, json.is_number_integer() ? "is out of range" : "must be a whole number");
    }
    static Json write(T value) { return value; }
    static Json schema(Use) {
        Json out{{"type", "integer"}};
        if (std::is_unsigned_v<T>) out["minimum"] = 0;
        return out;
    }
};

template <typename Rep, typename Period>
struct Codec<std::chrono::duration<Rep, Period>> {
    using Length = std::chrono::duration<Rep, Period>;
    static void read(const Json& json, Length& out, const std::string& path, Reading& reading) {
        Rep count = out.count();
        Codec<Rep>::read(json, count, path, reading);
        out = Length(count);
    }
    static Json write(Length value) { return value.count(); }
    static Json schema(Use use) { return Codec<Rep>::schema(use); }
};

template <typename T>
requires std::is_floating_point_v<T>
struct Codec<T> {
    static void read(const Json& json, T& out, const std::string& path, Reading& reading) {
        if (json.is_number())
            out = json.get<T>();
        else
            reading.complain(path, "must be a number");
    }
    static Json write(T value) { return value; }
    static Json schema(Use) { return {{"type", "number"}}; }
};

template <typename T>
struct Codec<std::optional<T>> {
    static void read(const Json& json, std::optional<T>& out, const std::string& path, Reading& reading) {
        if (json.is_null()) return out.reset();
        Codec<T>::read(json, out.emplace(), path, reading);
    }
    static Json write(const std::optional<T>& value) { return value ? Codec<T>::write(*value) : Json(); }
    static Json schema(Use use) { return {{"anyOf", Json::array({Codec<T>::schema(use), Json{{"type", "null"}}})}}; }
};

template <typename T>
struct Codec<std::vector<T>> {
    static void read(const Json& json, std::vector<T>& out, const std::string& path, Reading& reading) {
        if (!json.is_array()) return reading.complain(path, "must be an array");
        out.clear();
        for (const auto& item : json) {
            T value{};
            Codec<T>::read(item, value, path + "/" + std::to_string(out.size()), reading);
            out.push_back(std::move(value));
        }
    }
    static Json write(const std::vector<T>& value) {
        Json out = Json::array();
        for (const T& item : value) out.push_back(Codec<T>::write(item));
        return out;
    }
    static Json schema(Use use) { return {{"type", "array"}, {"items", Codec<T>::schema(use)}}; }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
    static void read(const Json& json, std::map<std::string, T>& out, const std::string& path, Reading& reading) {
        if (!json.is_object()) return reading.complain(path, "must be an object");
        out.clear();
        for (const auto& [key, item] : json.items()) Codec<T>::read(item, out[key], path + "/" + key, reading);
    }
    static Json write(const std::map<std::string, T>& value) {
        Json out = Json::object();
        for (const auto& [key, item] : value) out[key] = Codec<T>::write(item);
        return out;
    }
    static Json schema(Use use) { return {{"type", "object"}, {"additionalProperties", Codec<T>::schema(use)}}; }
};

}  // namespace detail
}  // namespace stepd

#include <stepd/struct_codec.h>
