#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cel/base64.h"
#include "cel/cel.h"
#include "cel/map_activation.h"

using namespace stepd;
using Json = nlohmann::json;

/// Runs the cases of the CEL project's own conformance suite, if STEPD_CONFORMANCE_DIR names the folder of cel.json.
class ConformanceTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConformanceTest);
    CPPUNIT_TEST(testCasesOfTheSpecificationPass);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int kFloor = 1606;  // as many as pass today; it only rises

    static double doubleOf(const Json& value) {
        if (value.is_number()) return value.get<double>();
        if (value == "NaN") return std::nan("");
        return value == "Infinity" ? HUGE_VAL : -HUGE_VAL;
    }

    static cel::Value listOf(const Json& list) {
        std::vector<cel::Value> items;
        for (const auto& item : list.value("values", Json::array())) items.push_back(valueOf(item));
        return cel::Value::list(std::move(items));
    }

    static cel::Value mapOf(const Json& map) {
        std::vector<cel::MapEntry> entries;
        for (const auto& entry : map.value("entries", Json::array()))
            entries.emplace_back(valueOf(entry["key"]), valueOf(entry["value"]));
        return cel::Value::map(std::move(entries));
    }

    static cel::Value typeOf(const std::string& name) {
        for (int kind = 0; kind <= static_cast<int>(cel::Kind::Optional); ++kind)
            if (name == cel::typeName(static_cast<cel::Kind>(kind)))
                return cel::Value::type(static_cast<cel::Kind>(kind));
        throw std::runtime_error("no such type: " + name);
    }

    static cel::Value valueOf(const Json& typed) {
        const std::string& kind = typed.begin().key();
        const Json& value = typed.begin().value();
        if (kind == "int64Value") return cel::Value::integer(std::stoll(value.get<std::string>()));
        if (kind == "uint64Value") return cel::Value::uinteger(std::stoull(value.get<std::string>()));
        if (kind == "doubleValue") return cel::Value::real(doubleOf(value));
        if (kind == "stringValue") return cel::Value::string(value.get<std::string>());
        if (kind == "bytesValue") return cel::Value::bytes(cel::fromBase64(value.get<std::string>()).value());
        if (kind == "boolValue") return cel::Value::boolean(value.get<bool>());
        if (kind == "nullValue") return cel::Value::null();
        if (kind == "listValue") return listOf(value);
        if (kind == "mapValue") return mapOf(value);
        if (kind == "typeValue") return typeOf(value.get<std::string>());
        throw std::runtime_error("no such kind of value: " + kind);
    }

    /// Equal, of one kind, and NaN is as expected as any number.
    static bool isExpected(const cel::Value& found, const cel::Value& expected) {
        if (found.kind() != expected.kind()) return false;
        if (expected.is(cel::Kind::Double) && std::isnan(*expected.asDouble())) return std::isnan(*found.asDouble());
        return found == expected;
    }

    /// Empty if the case passes, else what happened.
    static std::string problemOf(const Json& test) {
        cel::CompileOptions options;
        options.lateBinding = true;
        options.macros = !test.value("disable_macros", false);
        options.container = test.value("container", "");
        const auto program = cel::compile(test["expr"].get<std::string>(), options);
        const bool mustFail = test.value("error", false);
        if (!program) return mustFail ? "" : "not compiled: " + program.error()[0].message;
        std::map<std::string, cel::Value> names;
        const Json bindings = test.value("bindings", Json::object());
        for (const auto& [name, value] : bindings.items()) names.emplace(name, valueOf(value));
        const auto result = program->evaluate(cel::MapActivation(std::move(names)));
        if (!result) return mustFail ? "" : "failed: " + result.error().message;
        if (!mustFail && isExpected(*result, valueOf(test["value"]))) return "";
        return "gave " + cel::toJson(*result).value_or(result->typeName());
    }

    void testCasesOfTheSpecificationPass() {
        const char* folder = std::getenv("STEPD_CONFORMANCE_DIR");
        std::ifstream file(folder ? std::string(folder) + "/cel.json" : std::string());
        if (!file) {
            std::cout << "\nSKIPPED SUITE ConformanceTest: set STEPD_CONFORMANCE_DIR to the folder of cel.json\n";
            return;
        }
        struct Score {
            int passed = 0, cases = 0;
        };
        std::map<std::string, Score> sections;
        Score total;
        for (const auto& test : Json::parse(file)) {
            const auto suite = test["suite"].get<std::string>();
            auto& section = sections[suite.substr(0, suite.find('/'))];
            const auto problem = problemOf(test);
            for (auto* score : {&section, &total}) {
                ++score->cases;
                score->passed += problem.empty() ? 1 : 0;
            }
            if (!problem.empty())
                std::cout << suite << ' ' << test["name"] << ": " << test["expr"] << ": " << problem << '\n';
        }
        for (const auto& [name, score] : sections)
            std::cout << name << ' ' << score.passed << '/' << score.cases << '\n';
        std::cout << "conformance " << total.passed << '/' << total.cases << '\n';
        CPPUNIT_ASSERT(total.passed >= kFloor);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConformanceTest);
