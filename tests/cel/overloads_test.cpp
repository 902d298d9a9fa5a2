#include "cel/overloads.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

#include "base/error.h"
#include "cel/functions.h"
#include "cel/operators.h"

using namespace stepd;
using cel::Type;
using cel::Value;

/// The table of overloads and the code that evaluates say the same, for every function and operator.
class OverloadsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OverloadsTest);
    CPPUNIT_TEST(testEveryFunctionHasOverloads);
    CPPUNIT_TEST(testFunctionsTakeWhatTheTableSays);
    CPPUNIT_TEST(testOperatorsTakeWhatTheTableSays);
    CPPUNIT_TEST(testIndexesTakeWhatTheTableSays);
    CPPUNIT_TEST(testWhatIsNotKnownFitsEverywhere);
    CPPUNIT_TEST(testNotation);
    CPPUNIT_TEST_SUITE_END();

    /// At least one of each type, and the containers with several.
    static const std::vector<Value>& samples() {
        static const std::vector<Value> kAll = {
            Value::null(),
            Value::boolean(true),
            Value::integer(1),
            Value::uinteger(1),
            Value::real(1.0),
            Value::string("1"),
            Value::bytes("1"),
            Value::list({Value::integer(1), Value::integer(2)}),
            Value::list({Value::string("a"), Value::string("b")}),
            Value::map({{Value::string("1"), Value::integer(1)}}),
            Value::timestamp(cel::TimePoint{1, 0}),
            Value::duration(1s),
            Value::type(cel::Kind::Int),
            Value::optionalOf(Value::integer(1)),
            Value::optionalOf(Value::list({Value::integer(1), Value::integer(2)})),
        };
        return kAll;
    }

    using Apply = std::function<cel::Outcome(std::span<const Value>)>;

    /// Hands over every choice of `count` samples.
    static void compare(const cel::Callable& callable, std::size_t count, const Apply& apply) {
        std::vector<std::size_t> choice(count, 0);
        for (;;) {
            std::vector<Value> values;
            std::vector<Type> types;
            for (const auto at : choice) {
                values.push_back(samples()[at]);
                types.push_back(cel::typeOf(values.back()));
            }
            compareOne(callable, types, apply(values));
            std::size_t digit = 0;
            while (digit < count && ++choice[digit] == samples().size()) choice[digit++] = 0;
            if (digit == count) return;
        }
    }

    /// Items that are not looked at may be of any type when an expression is evaluated: `[1] + ['a']`.
    static Type erased(const Type& type) {
        using Form = Type::Form;
        if (type.is(Form::List)) return Type::list({});
        if (type.is(Form::Map)) return Type::map({}, {});
        return type.is(Form::Optional) ? Type::optional({}) : type;
    }

    static void compareOne(const cel::Callable& callable, std::span<const Type> types, const cel::Outcome& outcome) {
        const std::string text = cel::callText(callable, types);
        const auto result = cel::resultOf(callable, types);
        const bool taken = outcome || !outcome.error().message.starts_with("no such overload");
        std::vector<Type> loose;
        for (const auto& type : types) loose.push_back(erased(type));
        if (result) CPPUNIT_ASSERT_MESSAGE("not evaluated: " + text, taken);
        if (taken) CPPUNIT_ASSERT_MESSAGE("not in the table: " + text, cel::resultOf(callable, loose).has_value());
        if (outcome && result) CPPUNIT_ASSERT_MESSAGE(text, joined(*result, cel::typeOf(*outcome)) == result);
    }

    void testEveryFunctionHasOverloads() {
        CPPUNIT_ASSERT(cel::allFunctions().size() > 60);
        for (const auto& function : cel::allFunctions()) {
            const std::string name(function.name);
            CPPUNIT_ASSERT_MESSAGE(name, !function.overloads.empty());
            CPPUNIT_ASSERT_MESSAGE(name, function.style == cel::CallStyle::Global || function.least > 0);
            for (std::size_t count = function.least; count <= std::min(function.most, function.least + 3); ++count)
                CPPUNIT_ASSERT_MESSAGE(name, std::any_of(function.overloads.begin(), function.overloads.end(),
                                                         [&](const auto& overload) { return overload.takes(count); }));
        }
    }

    void testFunctionsTakeWhatTheTableSays() {
        for (const auto& function : cel::allFunctions()) {
            const bool member = function.style == cel::CallStyle::Member;
            const cel::Callable callable{function.name, member ? cel::CallShape::Member : cel::CallShape::Global,
                                         function.overloads};
            for (std::size_t count = function.least; count <= std::min<std::size_t>(function.most, 3); ++count)
                compare(callable, count, [&](std::span<const Value> values) {
                    cel::Budget budget{cel::EvaluateLimits{}};
                    return function.body({values, budget});
                });
        }
    }

    void testOperatorsTakeWhatTheTableSays() {
        for (int at = 0; at <= static_cast<int>(cel::Operator::In); ++at) {
            const auto op = static_cast<cel::Operator>(at);
            // Equality and membership are defined for all values once the checker is content (CEL spec, "Equality").
            if (op == cel::Operator::Equal || op == cel::Operator::NotEqual || op == cel::Operator::In) continue;
            compare(cel::callableOf(op), 2, [&](std::span<const Value> values) {
                cel::Budget budget{cel::EvaluateLimits{}};
                return cel::applyBinary(op, values[0], values[1], budget);
            });
        }
        compare(cel::negation(), 1, [](std::span<const Value> values) { return cel::applyNegate(values[0]); });
    }

    /// Whole numbers of any kind are positions, and keys of any kind may be looked for: only what the table takes is
    /// compared.
    void testIndexesTakeWhatTheTableSays() {
        for (const auto& of : samples())
            for (const auto& at : samples()) {
                const std::vector<Type> types = {cel::typeOf(of), cel::typeOf(at)};
                if (cel::resultOf(cel::indexing(false), types))
                    compareOne(cel::indexing(false), types, cel::applyIndex(of, at));
                if (cel::resultOf(cel::indexing(true), types))
                    compareOne(cel::indexing(true), types, cel::applyOptionalIndex(of, at));
            }
    }

    void testWhatIsNotKnownFitsEverywhere() {
        for (const auto& function : cel::allFunctions())
            for (std::size_t count = function.least; count <= std::min<std::size_t>(function.most, 4); ++count) {
                const std::vector<Type> unknown(count);
                CPPUNIT_ASSERT_MESSAGE(std::string(function.name),
                                       cel::resultOf({function.name, {}, function.overloads}, unknown).has_value());
            }
        const auto give = [](cel::Operator op, const char* left, const char* right) {
            const std::vector<Type> types = {Type::parse(left), Type::parse(right)};
            return cel::resultOf(cel::callableOf(op), types).value().text();
        };
        CPPUNIT_ASSERT_EQUAL(std::string("int"), give(cel::Operator::Add, "dyn", "int"));
        CPPUNIT_ASSERT_EQUAL(std::string("dyn"), give(cel::Operator::Add, "dyn", "dyn"));
        CPPUNIT_ASSERT_EQUAL(std::string("dyn"), give(cel::Operator::Subtract, "timestamp", "dyn"));
        CPPUNIT_ASSERT_EQUAL(std::string("list(dyn)"), give(cel::Operator::Add, "dyn", "list(int)"));
        CPPUNIT_ASSERT_EQUAL(std::string("bool"), give(cel::Operator::Less, "dyn", "dyn"));
    }

    void testNotation() {
        for (const char* text : {"int", "dyn", "null", "list(map(string, optional(A)))", "timestamp", "type"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), Type::parse(text).text());
        const Type event = Type::parse("event{name: string, data: dyn, of: list(event{id: int})}");
        CPPUNIT_ASSERT_EQUAL(std::string("event"), event.text());
        CPPUNIT_ASSERT_EQUAL(std::string("list(event)"), event.field("of")->text());
        CPPUNIT_ASSERT(!event.field("nothing"));
        for (const char* text :
             {"", "integer", "list", "list(", "list(int", "map(int)", "int int", "e{}", "e{a}", "list()"})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, Type::parse(text), Error);
        for (const char* text : {"", "(int)", "(int -> int", "(int) -> ", "(int,) -> int", "(int) -> int int"})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, cel::parseOverloads(text), Error);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OverloadsTest);
