#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <stepd/step.h>

/// Names the fields of a struct, once, in its namespace: STEPD_REFLECT(Input, url, maxPages). Field types: bool,
/// integers, floating point, std::string, Json, reflected structs, and std::optional, std::vector,
/// std::map<std::string, T> of them. A field may be left out of the JSON if it is an optional, or if the struct gives
/// it a default other than zero or empty.
#define STEPD_REFLECT(Struct, ...)                              \
    [[maybe_unused]] inline auto stepdFields(const Struct*) {   \
        using Reflected = Struct;                               \
        return std::make_tuple(STEPD_DETAIL_EACH(__VA_ARGS__)); \
    }

#define STEPD_DETAIL_FIELD(name) \
    ::stepd::detail::Field {     \
#name, &Reflected::name  \
    }
#define STEPD_DETAIL_PARENS ()
#define STEPD_DETAIL_EACH(...) STEPD_DETAIL_EXPAND(STEPD_DETAIL_EACH_STEP(__VA_ARGS__))
#define STEPD_DETAIL_EACH_STEP(name, ...) \
    STEPD_DETAIL_FIELD(name) __VA_OPT__(, STEPD_DETAIL_EACH_AGAIN STEPD_DETAIL_PARENS(__VA_ARGS__))
#define STEPD_DETAIL_EACH_AGAIN() STEPD_DETAIL_EACH_STEP
#define STEPD_DETAIL_EXPAND(...) \
    STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(__VA_ARGS__))))
#define STEPD_DETAIL_EXPAND1(...) STEPD_DETAIL_EXPAND2(STEPD_DETAIL_EXPAND2(STEPD_DETAIL_EXPAND2(__VA_ARGS__)))
#define STEPD_DETAIL_EXPAND2(...) STEPD_DETAIL_EXPAND3(STEPD_DETAIL_EXPAND3(STEPD_DETAIL_EXPAND3(__VA_ARGS__)))
#define STEPD_DETAIL_EXPAND3(...) __VA_ARGS__

namespace stepd {

/// What does not fit, where: `{"path": "/pages/0/url", "message": "must be a string"}`.
struct Finding {
    std::string path;
    std::string message;
};

namespace detail {

template <typename S, typename T>
struct Field {
    const char* name;
    T S::*member;
};
template <typename S, typename T>
Field(const char*, T S::*) -> Field<S, T>;

template <typename T>
concept Reflected = requires(const T* t) {
    stepdFields(t);
};

/// How one type is read from JSON, written to it and described.
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

template <>
struct Codec<Json> {
    static void read(const Json& json, Json& out, const std::string&, std::vector<Finding>&) { out = json; }
    static Json write(const Json& value) { return value; }
    static Json schema() { return Json::object(); }
};

template <>
struct Codec<std::string> {
    static void read(const Json& json, std::string& out, const std::string& path, std::vector<Finding>& findings) {
        if (json.is_string())
            out = json.get_ref<const std::string&>();
        else
            findings.push_back({path, "must be a string"});
    }
    static Json write(const std::string& value) { return value; }
    static Json schema() { return {{"type", "string"}}; }
};

template <>
struct Codec<bool> {
    static void read(const Json& json, bool& out, const std::string& path, std::vector<Finding>& findings) {
        if (json.is_boolean())
            out = json.get<bool>();
        else
            findings.push_back({path, "must be true or false"});
    }
    static Json write(bool value) { return value; }
    static Json schema() { return {{"type", "boolean"}}; }
};

template <typename T>
requires std::is_integral_v<T>
struct Codec<T> {
    static void read(const Json& json, T& out, const std::string& path, std::vector<Finding>& findings) {
        if (json.is_number_unsigned() && std::in_range<T>(json.get<std::uint64_t>()))
            out = json.get<T>();
        else if (json.is_number_integer() && !json.is_number_unsigned() && std::in_range<T>(json.get<std::int64_t>()))
            out = json.get<T>();
        else
            findings.push_back({path, json.is_number_integer() ? "is out of range" : "must be a whole number"});
    }
    static Json write(T value) { return value; }
    static Json schema() {
        Json out{{"type", "integer"}};
        if (std::is_unsigned_v<T>) out["minimum"] = 0;
        return out;
    }
};

template <typename T>
requires std::is_floating_point_v<T>
struct Codec<T> {
    static void read(const Json& json, T& out, const std::string& path, std::vector<Finding>& findings) {
        if (json.is_number())
            out = json.get<T>();
        else
            findings.push_back({path, "must be a number"});
    }
    static Json write(T value) { return value; }
    static Json schema() { return {{"type", "number"}}; }
};

template <typename T>
struct Codec<std::optional<T>> {
    static void read(const Json& json, std::optional<T>& out, const std::string& path, std::vector<Finding>& findings) {
        if (json.is_null()) return out.reset();
        Codec<T>::read(json, out.emplace(), path, findings);
    }
    static Json write(const std::optional<T>& value) { return value ? Codec<T>::write(*value) : Json(); }
    static Json schema() { return {{"anyOf", Json::array({Codec<T>::schema(), Json{{"type", "null"}}})}}; }
};

template <typename T>
struct Codec<std::vector<T>> {
    static void read(const Json& json, std::vector<T>& out, const std::string& path, std::vector<Finding>& findings) {
        if (!json.is_array()) return findings.push_back({path, "must be an array"});
        out.clear();
        for (const auto& item : json) {
            T value{};
            Codec<T>::read(item, value, path + "/" + std::to_string(out.size()), findings);
            out.push_back(std::move(value));
        }
    }
    static Json write(const std::vector<T>& value) {
        Json out = Json::array();
        for (const T& item : value) out.push_back(Codec<T>::write(item));
        return out;
    }
    static Json schema() { return {{"type", "array"}, {"items", Codec<T>::schema()}}; }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
    static void read(const Json& json, std::map<std::string, T>& out, const std::string& path,
                     std::vector<Finding>& findings) {
        if (!json.is_object()) return findings.push_back({path, "must be an object"});
        out.clear();
        for (const auto& [key, item] : json.items()) Codec<T>::read(item, out[key], path + "/" + key, findings);
    }
    static Json write(const std::map<std::string, T>& value) {
        Json out = Json::object();
        for (const auto& [key, item] : value) out[key] = Codec<T>::write(item);
        return out;
    }
    static Json schema() { return {{"type", "object"}, {"additionalProperties", Codec<T>::schema()}}; }
};

template <Reflected S>
struct Codec<S> {
    /// Calls `each(field)` for every field of the struct.
    template <typename Each>
    static void forFields(Each&& each) {
        std::apply([&](const auto&... field) { (each(field), ...); }, stepdFields(static_cast<const S*>(nullptr)));
    }

    static void read(const Json& json, S& out, const std::string& path, std::vector<Finding>& findings) {
        if (!json.is_object()) return findings.push_back({path, "must be an object"});
        forFields([&]<typename T>(const Field<S, T>& field) {
            const auto found = json.find(field.name);
            if (found != json.end())
                Codec<T>::read(*found, out.*field.member, path + "/" + field.name, findings);
            else if (!mayBeAbsent(S{}.*field.member))
                findings.push_back({path + "/" + field.name, "is missing"});
        });
    }

    static Json write(const S& value) {
        Json out = Json::object();
        forFields(
            [&]<typename T>(const Field<S, T>& field) { out[field.name] = Codec<T>::write(value.*field.member); });
        return out;
    }

    static Json schema() {
        Json properties = Json::object();
        Json required = Json::array();
        forFields([&]<typename T>(const Field<S, T>& field) {
            const S initial{};
            Json& property = properties[field.name] = Codec<T>::schema();
            if (!mayBeAbsent(initial.*field.member))
                required.push_back(field.name);
            else if (Json value = Codec<T>::write(initial.*field.member); !value.is_null())
                property["default"] = value;
        });
        Json out{{"type", "object"}, {"properties", properties}};
        if (!required.empty()) out["required"] = required;
        return out;
    }
};

}  // namespace detail

/// Reads `json` into `out` and returns what does not fit; empty: all is well. Unknown keys are left alone.
template <typename T>
std::vector<Finding> fromJson(const Json& json, T& out) {
    std::vector<Finding> findings;
    detail::Codec<T>::read(json, out, "", findings);
    return findings;
}

template <typename T>
Json toJson(const T& value) {
    return detail::Codec<T>::write(value);
}

/// JSON Schema (2020-12) of a reflected type.
template <typename T>
Json schemaOf() {
    return detail::Codec<T>::schema();
}

/// A step whose input and output are structs. Input that does not fit ends the call as `invalid_input`, with all
/// findings in the details, before `execute` is called. The schemas come from the structs.
template <typename In, typename Out>
class TypedStep : public Step {
public:
    /// The output, or an outcome of any other class.
    using Answer = std::variant<Out, Outcome>;
    virtual Answer execute(const In& input, Context& ctx) = 0;

    Outcome run(Context& ctx) final {
        In input{};
        if (const auto findings = fromJson(ctx.input(), input); !findings.empty()) return refuse(findings);
        Answer answer = execute(input, ctx);
        if (auto* outcome = std::get_if<Outcome>(&answer)) return std::move(*outcome);
        return done(toJson(std::get<Out>(answer)));
    }

    static Json typedInputSchema() { return schemaOf<In>(); }
    static Json typedOutputSchema() { return schemaOf<Out>(); }

private:
    static Outcome refuse(const std::vector<Finding>& findings) {
        Json list = Json::array();
        for (const auto& finding : findings) list.push_back({{"path", finding.path}, {"message", finding.message}});
        const std::string where = findings.front().path.empty() ? "the input" : findings.front().path;
        return invalidInput("invalid_input", where + " " + findings.front().message, {{"findings", list}});
    }
};

}  // namespace stepd
