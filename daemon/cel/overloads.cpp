#include "cel/overloads.h"

#include <algorithm>
#include <array>
#include <map>

#include "cel/operators.h"
#include "cel/type_text.h"

namespace stepd::cel {
namespace {

using Form = Type::Form;
using Bindings = std::map<std::string, Type, std::less<>>;

constexpr std::size_t kMostHints = 6;

/// The type with its parameters replaced.
Type bound(const Type& type, const Bindings& bindings) {
    if (type.is(Form::Parameter)) {
        const auto found = bindings.find(type.name());
        return found == bindings.end() ? Type(Form::Open) : found->second;
    }
    if (type.is(Form::List)) return Type::list(bound(type.arguments()[0], bindings));
    if (type.is(Form::Optional)) return Type::optional(bound(type.arguments()[0], bindings));
    if (type.is(Form::Map))
        return Type::map(bound(type.arguments()[0], bindings), bound(type.arguments()[1], bindings));
    return type;
}

bool bind(const Type& parameter, const Type& argument, Bindings& bindings) {
    const auto [place, fresh] = bindings.try_emplace(parameter.name(), argument);
    if (fresh) return true;
    auto both = joined(place->second, argument);
    if (!both) return false;
    place->second = *std::move(both);
    return true;
}

/// Whether a value of type `argument` may be handed over as `parameter`; binds the parameters inside.
bool accepts(const Type& parameter, const Type& argument, Bindings& bindings) {
    if (parameter.is(Form::Parameter)) return bind(parameter, argument, bindings);
    if (argument.isDyn())
        return std::all_of(parameter.arguments().begin(), parameter.arguments().end(),
                           [&](const Type& inside) { return accepts(inside, argument, bindings); });
    if (parameter.is(Form::Number))
        return argument.is(Form::Int) || argument.is(Form::Uint) || argument.is(Form::Double);
    if (parameter.is(Form::Map) && argument.is(Form::Object))
        return accepts(parameter.arguments()[0], Form::String, bindings) &&
               accepts(parameter.arguments()[1], {}, bindings);
    if (parameter.form() != argument.form()) return false;
    for (std::size_t i = 0; i < parameter.arguments().size(); ++i)
        if (!accepts(parameter.arguments()[i], argument.arguments()[i], bindings)) return false;
    return true;
}

const Type& parameterAt(const Overload& overload, std::size_t at) {
    return overload.parameters[std::min(at, overload.parameters.size() - 1)];
}

std::optional<Type> resultOf(const Overload& overload, std::span<const Type> arguments) {
    if (!overload.takes(arguments.size())) return std::nullopt;
    Bindings bindings;
    for (std::size_t i = 0; i < arguments.size(); ++i)
        if (!accepts(parameterAt(overload, i), arguments[i], bindings)) return std::nullopt;
    return bound(overload.result, bindings);
}

/// Whether somewhere an argument is of the very form that the overload wants there.
bool isNear(const Overload& overload, std::span<const Type> arguments) {
    for (std::size_t i = 0; i < arguments.size() && !overload.parameters.empty(); ++i)
        if (parameterAt(overload, i).form() == arguments[i].form()) return true;
    return false;
}

constexpr std::string_view overloadTextOf(Operator op) {
    switch (op) {
        case Operator::Add:
            return "(int, int) -> int; (uint, uint) -> uint; (double, double) -> double; (string, string) -> string;"
                   "(bytes, bytes) -> bytes; (list(A), list(A)) -> list(A); (timestamp, duration) -> timestamp;"
                   "(duration, timestamp) -> timestamp; (duration, duration) -> duration";
        case Operator::Subtract:
            return "(int, int) -> int; (uint, uint) -> uint; (double, double) -> double;"
                   "(timestamp, timestamp) -> duration; (timestamp, duration) -> timestamp;"
                   "(duration, duration) -> duration";
        case Operator::Multiply:
        case Operator::Divide: return "(int, int) -> int; (uint, uint) -> uint; (double, double) -> double";
        case Operator::Modulo: return "(int, int) -> int; (uint, uint) -> uint";
        case Operator::Less:
        case Operator::LessEqual:
        case Operator::Greater:
        case Operator::GreaterEqual:
            return "(number, number) -> bool; (bool, bool) -> bool; (string, string) -> bool; (bytes, bytes) -> bool;"
                   "(timestamp, timestamp) -> bool; (duration, duration) -> bool";
        case Operator::Equal:
        case Operator::NotEqual: return "(A, A) -> bool";
        case Operator::In: return "(A, list(A)) -> bool; (A, map(A, B)) -> bool";
    }
    return {};
}

struct OperatorTable {
    OperatorTable() {
        for (std::size_t op = 0; op < kOperators; ++op)
            of[op] = parseOverloads(overloadTextOf(static_cast<Operator>(op)));
    }
    static constexpr std::size_t kOperators = static_cast<std::size_t>(Operator::In) + 1;
    std::array<std::vector<Overload>, kOperators> of;
};

}  // namespace

std::vector<Overload> parseOverloads(std::string_view text) {
    std::vector<Overload> overloads;
    TypeText reader(text);
    do {
        Overload overload;
        reader.expect("(");
        while (!reader.accept(")")) {
            if (!overload.parameters.empty()) reader.expect(",");
            overload.parameters.push_back(reader.type());
            overload.repeated = reader.accept("...");
        }
        reader.expect("->");
        overload.result = reader.type();
        overloads.push_back(std::move(overload));
    } while (reader.accept(";"));
    reader.expectEnd();
    return overloads;
}

Callable callableOf(Operator op) {
    static const OperatorTable kTable;
    return {symbolOf(op), CallShape::Infix, kTable.of[static_cast<std::size_t>(op)]};
}

Callable negation() {
    static const auto kOverloads = parseOverloads("(int) -> int; (double) -> double");
    return {"-", CallShape::Prefix, kOverloads};
}

Callable inversion() {
    static const auto kOverloads = parseOverloads("(bool) -> bool");
    return {"!", CallShape::Prefix, kOverloads};
}

Callable indexing(bool optional) {
    // From an optional both give an optional.
    static const std::string kOfOptional =
        "; (optional(list(A)), int) -> optional(A); (optional(map(A, B)), A) -> optional(B)";
    static const auto kPlain = parseOverloads("(list(A), int) -> A; (map(A, B), A) -> B" + kOfOptional);
    static const auto kOptional =
        parseOverloads("(list(A), int) -> optional(A); (map(A, B), A) -> optional(B)" + kOfOptional);
    return {optional ? "?" : "", CallShape::Index, optional ? kOptional : kPlain};
}

std::optional<Type> resultOf(const Callable& callable, std::span<const Type> arguments) {
    const bool exact = std::all_of(arguments.begin(), arguments.end(), [](const Type& type) { return type.isExact(); });
    std::optional<Type> result;
    for (const auto& overload : callable.overloads) {
        const auto found = resultOf(overload, arguments);
        if (!found) continue;
        if (exact) return found;
        result = result ? joined(*result, *found).value_or(Type()) : found;
    }
    return result;
}

std::string callText(const Callable& callable, std::span<const Type> arguments) {
    std::vector<std::string> types;
    for (const auto& argument : arguments) types.push_back(argument.text());
    switch (callable.shape) {
        case CallShape::Infix: return types[0] + ' ' + std::string(callable.name) + ' ' + types[1];
        case CallShape::Prefix: return std::string(callable.name) + types[0];
        case CallShape::Index: return types[0] + '[' + std::string(callable.name) + types[1] + ']';
        default: break;
    }
    const std::size_t receivers = callable.shape == CallShape::Member ? 1 : 0;
    std::string out = receivers ? types[0] + '.' : "";
    out.append(callable.name) += '(';
    for (std::size_t i = receivers; i < types.size(); ++i) out += (i > receivers ? ", " : "") + types[i];
    return out + ')';
}

std::string hintFor(const Callable& callable, std::span<const Type> arguments) {
    if (callable.name == "==" || callable.name == "!=") return "convert one side, or compare dyn(x)";
    std::vector<std::string> calls;
    for (const bool nearOnly : {true, false}) {
        for (const auto& overload : callable.overloads)
            if (!nearOnly || (overload.takes(arguments.size()) && isNear(overload, arguments)))
                calls.push_back(callText(callable, overload.parameters));
        if (!calls.empty()) break;
    }
    std::string out = calls.size() == 1 ? "there is " : "there are ";
    const std::size_t shown = std::min(calls.size(), kMostHints);
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) out += i + 1 == shown && shown == calls.size() ? " and " : ", ";
        out += calls[i];
    }
    return shown < calls.size() ? out + ", ..." : out;
}

}  // namespace stepd::cel
