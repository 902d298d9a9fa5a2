#pragma once

#include <stepd/codec.h>

// Reflected structs: their fields, and what STEPD_DESCRIBE says of them.
namespace stepd::detail {

/// `1` for 1.0.
inline std::string numberText(double value) {
    return value == static_cast<double>(static_cast<std::int64_t>(value))
               ? std::to_string(static_cast<std::int64_t>(value))
               : Json(value).dump();
}

/// Reports a value of the right type that the rules do not allow.
inline void obey(const Json& value, const Rules& rules, const std::string& path, Reading& reading) {
    if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) obey(value[i], rules, path + "/" + std::to_string(i), reading);
    } else if (value.is_number()) {
        const double number = value.get<double>();
        if ((!rules.minimum || number >= *rules.minimum) && (!rules.maximum || number <= *rules.maximum)) return;
        reading.complain(path, rules.minimum && rules.maximum
                                   ? "must be from " + numberText(*rules.minimum) + " to " + numberText(*rules.maximum)
                               : rules.minimum ? "must be at least " + numberText(*rules.minimum)
                                               : "must be at most " + numberText(*rules.maximum));
    } else if (value.is_string()) {
        const std::string_view text = value.get_ref<const std::string&>();
        if (rules.notEmpty && text.empty()) return reading.complain(path, "must not be empty");
        if (rules.oneOf.empty() || std::find(rules.oneOf.begin(), rules.oneOf.end(), text) != rules.oneOf.end()) return;
        std::string list;
        for (const auto name : rules.oneOf) (list += list.empty() ? "" : ", ") += name;
        reading.complain(path, "must be one of " + list);
    }
}

inline void describe(Json& schema, const Described& described) {
    const Rules& rules = described.rules;
    if (!described.text.empty()) schema["description"] = described.text;
    if (rules.secret) schema["x-stepd"] = {{"secret", true}};
    // Taken last: a new key may move the others.
    Json& target = schema.contains("items") ? schema["items"] : schema;
    const auto number = [](double value) {
        const auto whole = static_cast<std::int64_t>(value);
        return static_cast<double>(whole) == value ? Json(whole) : Json(value);
    };
    if (rules.minimum) target["minimum"] = number(*rules.minimum);
    if (rules.maximum) target["maximum"] = number(*rules.maximum);
    if (rules.notEmpty) target["minLength"] = 1;
    for (const auto name : rules.oneOf) target["enum"].push_back(name);
    if (!rules.oneOf.empty() && target.contains("anyOf")) target["enum"].push_back(nullptr);
}

/// The name that was meant by a person; empty if none is near: at most one letter in three differs.
inline std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    const auto distance = [](std::string_view left, std::string_view right) {
        std::vector<std::size_t> row(right.size() + 1);
        for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
        for (std::size_t l = 0; l < left.size(); ++l) {
            std::size_t diagonal = row[0]++;
            for (std::size_t r = 0; r < right.size(); ++r)
                diagonal = std::exchange(
                    row[r + 1], std::min({row[r] + 1, row[r + 1] + 1, diagonal + (left[l] == right[r] ? 0U : 1U)}));
        }
        return row.back();
    };
    std::string best;
    std::size_t most = word.size() / 3 + 2;
    for (const auto& name : names)
        if (const auto far = distance(word.substr(0, 64), name); far < most) most = far, best = name;
    return best;
}

template <Reflected S>
struct Codec<S> {
    /// Calls `each(field)` for every field of the struct.
    template <typename Each>
    static void forFields(Each&& each) {
        std::apply([&](const auto&... field) { (each(field), ...); }, stepdFields(static_cast<const S*>(nullptr)));
    }

    static void read(const Json& json, S& out, const std::string& path, Reading& reading) {
        if (!json.is_object()) return reading.complain(path, "must be an object");
        forFields([&]<typename T>(const Field<S, T>& field) {
            const auto found = json.find(field.name);
            const std::string inner = path + "/" + field.name;
            const bool missing = found == json.end() || (reading.use == Use::Config && found->is_null());
            if (missing && isRequired(field, reading.use)) return reading.complain(inner, "is missing");
            if (missing) return;
            const std::size_t before = reading.findings.size();
            Codec<T>::read(*found, out.*field.member, inner, reading);
            if (reading.findings.size() == before) obey(*found, descriptionOf<S>(field.name).rules, inner, reading);
        });
        if (reading.use == Use::Config) refuseOthers(json, path, reading);
    }

    static Json write(const S& value) {
        Json out = Json::object();
        forFields(
            [&]<typename T>(const Field<S, T>& field) { out[field.name] = Codec<T>::write(value.*field.member); });
        return out;
    }

    static Json schema(Use use) {
        Json properties = Json::object();
        Json required = Json::array();
        forFields([&]<typename T>(const Field<S, T>& field) {
            const S initial{};
            Json& property = properties[field.name] = Codec<T>::schema(use);
            describe(property, descriptionOf<S>(field.name));
            if (isRequired(field, use))
                required.push_back(field.name);
            else if (Json value = Codec<T>::write(initial.*field.member); !value.is_null())
                property["default"] = value;
        });
        Json out{{"type", "object"}, {"properties", properties}};
        if (!required.empty()) out["required"] = required;
        if (use != Use::Input) out["additionalProperties"] = false;
        return out;
    }

private:
    template <typename T>
    static bool isRequired(const Field<S, T>& field, Use use) {
        if (use == Use::Output) return true;
        if (use == Use::Config) return descriptionOf<S>(field.name).rules.required;
        return !mayBeAbsent(S{}.*field.member);
    }

    static void refuseOthers(const Json& json, const std::string& path, Reading& reading) {
        std::vector<std::string> names;
        forFields([&](const auto& field) { names.emplace_back(field.name); });
        for (const auto& [key, value] : json.items()) {
            if (std::find(names.begin(), names.end(), key) != names.end()) continue;
            const std::string meant = nearest(key, names);
            reading.complain(path + "/" + key,
                             "is not a known option" + (meant.empty() ? "" : ", did you mean " + meant + "?"));
        }
    }
};

}  // namespace stepd::detail
