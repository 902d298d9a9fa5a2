#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/ast.h"
#include "cel/type.h"

namespace stepd::cel {

/// The types that a function or an operator takes, and the type that it then gives.
struct Overload {
    std::vector<Type> parameters;  ///< of a receiver first
    bool repeated = false;         ///< the last parameter may stand once or more
    Type result;

    bool takes(std::size_t arguments) const {
        return repeated ? arguments >= parameters.size() : arguments == parameters.size();
    }
};

/// Reads `(string, int) -> string; (int...) -> int`. Throws Error (InvalidArgument).
std::vector<Overload> parseOverloads(std::string_view text);

/// How a call is written.
enum class CallShape : std::uint8_t { Global, Member, Infix, Prefix, Index };

/// What can be applied to values: a function, an operator, an index. Borrows from tables that live for ever.
struct Callable {
    std::string_view name;
    CallShape shape = CallShape::Global;
    std::span<const Overload> overloads;
};

/// CEL spec, "List of Standard Definitions".
Callable callableOf(Operator op);
Callable negation();               ///< `-a`
Callable inversion();              ///< `!a`
Callable indexing(bool optional);  ///< `a[b]`, `a[?b]`

/// The type that a call gives; dyn where it depends on what is not known. Absent if no overload takes these.
std::optional<Type> resultOf(const Callable& callable, std::span<const Type> arguments);

/// `string.contains(int)`, `int + string`, `list(int)[string]`.
std::string callText(const Callable& callable, std::span<const Type> arguments);

/// The calls that may have been meant, in a sentence: `there are int + int and string + string`.
std::string hintFor(const Callable& callable, std::span<const Type> arguments);

}  // namespace stepd::cel
