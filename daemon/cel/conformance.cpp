#include "cel/conformance.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "cel/cel.h"
#include "cel/map_activation.h"

namespace stepd::cel {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, what);
}

double doubleOf(const Json& value) {
    if (value.is_number()) return value.get<double>();
    if (value == "NaN") return std::nan("");
    if (value == "Infinity" || value == "-Infinity") return value == "Infinity" ? HUGE_VAL : -HUGE_VAL;
    refuse("not a double: " + value.dump());
}

Value bytesOf(const std::string& base64) {
    auto octets = fromBase64(base64);
    if (!octets) refuse("not base64: " + base64);
    return Value::bytes(*std::move(octets));
}

Value typeNamed(const std::string& name) {
    for (int kind = 0; kind <= static_cast<int>(Kind::Optional); ++kind)
        if (name == typeName(static_cast<Kind>(kind))) return Value::type(static_cast<Kind>(kind));
    refuse("no such type: " + name);
}

Value valueOf(const Json& typed);

Value listOf(const Json& list) {
    std::vector<Value> items;
    for (const auto& item : list.value("values", Json::array())) items.push_back(valueOf(item));
    return Value::list(std::move(items));
}

Value mapOf(const Json& map) {
    std::vector<MapEntry> entries;
    for (const auto& entry : map.value("entries", Json::array()))
        entries.emplace_back(valueOf(entry.at("key")), valueOf(entry.at("value")));
    return Value::map(std::move(entries));
}

Value valueOf(const Json& typed) {
    if (!typed.is_object() || typed.size() != 1) refuse("no value: " + typed.dump());
    const std::string& kind = typed.begin().key();
    const Json& value = typed.begin().value();
    if (kind == "int64Value") return Value::integer(std::stoll(value.get<std::string>()));
    if (kind == "uint64Value") return Value::uinteger(std::stoull(value.get<std::string>()));
    if (kind == "doubleValue") return Value::real(doubleOf(value));
    if (kind == "stringValue") return Value::string(value.get<std::string>());
    if (kind == "bytesValue") return bytesOf(value.get<std::string>());
    if (kind == "boolValue") return Value::boolean(value.get<bool>());
    if (kind == "nullValue") return Value::null();
    if (kind == "listValue") return listOf(value);
    if (kind == "mapValue") return mapOf(value);
    if (kind == "typeValue") return typeNamed(value.get<std::string>());
    refuse("no such kind of value: " + kind);
}

/// Equal, of one kind, and NaN is as expected as any number.
bool isExpected(const Value& found, const Value& expected) {
    if (found.kind() != expected.kind()) return false;
    if (expected.is(Kind::Double) && std::isnan(*expected.asDouble())) return std::isnan(*found.asDouble());
    return found == expected;
}

std::string textOf(const Value& value) {
    return toJson(value).value_or(value.typeName());
}

MapActivation bindingsOf(const Json& test) {
    std::map<std::string, Value> names;
    const Json bindings = test.value("bindings", Json::object());
    for (const auto& [name, value] : bindings.items()) names.emplace(name, valueOf(value));
    return MapActivation(std::move(names));
}

void run(const Json& test, CaseOutcome& outcome) {
    CompileOptions options;
    options.lateBinding = true;
    options.macros = !test.value("disable_macros", false);
    options.container = test.value("container", "");
    const bool mustFail = test.value("error", false);
    const auto program = compile(outcome.expression, options);
    if (!program) {
        if (!mustFail) outcome.problem = "does not compile: " + program.error()[0].message;
        return;
    }
    const auto result = program->evaluate(bindingsOf(test));
    if (!result) {
        if (!mustFail) outcome.problem = "failed: " + result.error().message;
        return;
    }
    if (mustFail || !isExpected(*result, valueOf(test.at("value")))) {
        outcome.problem = "gave " + textOf(*result);
        return;
    }
    const Typing typing = program->types({});
    outcome.untyped = !typing.mistakes.empty();
    if (!outcome.untyped && joined(typing.result, typeOf(*result)) != typing.result)
        outcome.problem = "gave " + textOf(*result) + ", which is no " + typing.result.text();
}

}  // namespace

std::vector<CaseOutcome> runCases(std::string_view json) {
    std::vector<CaseOutcome> outcomes;
    try {
        const Json cases = Json::parse(json);
        if (!cases.is_array()) refuse("no array of cases");
        for (const auto& test : cases) {
            outcomes.push_back({test.at("suite"), test.at("name"), test.at("expr"), {}, false});
            run(test, outcomes.back());
        }
    } catch (const Json::exception& e) {
        refuse(e.what());
    } catch (const std::logic_error& e) {  // of stoll
        refuse(std::string("no number: ") + e.what());
    }
    return outcomes;
}

}  // namespace stepd::cel
