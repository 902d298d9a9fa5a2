#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/outcome.h"
#include "cel/overloads.h"

namespace stepd::cel {

/// The arguments of a call, a receiver first, and what the call may spend. Their number is within the function's arity.
struct Arguments {
    std::span<const Value> values;
    Budget& budget;

    const Value& operator[](std::size_t at) const { return values[at]; }
    std::size_t count() const { return values.size(); }
};

enum class CallStyle : std::uint8_t { Global, Member, Either };

/// A row of a function table. The kinds of the arguments are the body's business too: it fails with `noOverload`.
struct FunctionRow {
    std::string_view name;
    CallStyle style;
    Outcome (*body)(const Arguments&);
    std::string_view overloads;  ///< in the notation of `parseOverloads`, a receiver first
};

/// A function, as the checker sees it.
struct Function {
    std::string_view name;
    CallStyle style;
    Outcome (*body)(const Arguments&);
    std::vector<Overload> overloads;
    std::size_t least;  ///< arguments, the receiver counted
    std::size_t most;   ///< SIZE_MAX: as many as one likes
};

/// All functions that there are.
std::span<const Function> allFunctions();

// The tables, by topic.
std::span<const FunctionRow> stringFunctions();      ///< CEL spec, "String Functions", and size
std::span<const FunctionRow> stringExtensions();     ///< cel-go's `strings` extension
std::span<const FunctionRow> formatFunctions();      ///< `format` and `quote` of the same
std::span<const FunctionRow> conversionFunctions();  ///< CEL spec, "Type Conversion Functions", and type, dyn
std::span<const FunctionRow> timeFunctions();        ///< CEL spec, "Timestamp and Duration Functions"
std::span<const FunctionRow> mathExtensions();       ///< cel-go's `math` extension
std::span<const FunctionRow> optionalFunctions();    ///< CEL's optional values
std::span<const FunctionRow> encodingFunctions();    ///< base64, and our own json, sha256, host

struct FoundFunction {
    const Function* function = nullptr;  ///< null if there is none; then the text says why
    std::string message;
    std::string hint;
    bool macro = false;  ///< the name is a macro's, which this use of it did not fit
};

/// The function of this name that can be called in this style with so many arguments, the receiver counted.
FoundFunction findFunction(std::string_view name, bool member, std::size_t arguments);

/// True for a dotted name, such as `math.least` or `cel.bind`, that is a function or macro.
bool isNamespaced(std::string_view name);

/// For a function or operator that does not take values of these kinds.
Outcome noOverload(std::string_view name, std::span<const Value> arguments);

}  // namespace stepd::cel
