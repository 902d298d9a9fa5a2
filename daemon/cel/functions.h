#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/outcome.h"

namespace stepd::cel {

/// The arguments of a call, a receiver first, and what the call may spend. Their number is within the function's arity.
struct Arguments {
    std::span<const Value> values;
    Budget& budget;

    const Value& operator[](std::size_t at) const { return values[at]; }
    std::size_t count() const { return values.size(); }
};

enum class CallStyle : std::uint8_t { Global, Member, Either };

/// A row of a function table. The kinds of the arguments are the body's business: it fails with `noOverload`.
struct Function {
    std::string_view name;
    CallStyle style;
    std::size_t least;  ///< arguments, the receiver counted
    std::size_t most;
    Outcome (*body)(const Arguments&);
};

/// As many arguments as one likes.
inline constexpr std::size_t kAnyNumber = SIZE_MAX;

// The tables, by topic.
std::span<const Function> stringFunctions();      ///< CEL spec, "String Functions", and size
std::span<const Function> stringExtensions();     ///< cel-go's `strings` extension
std::span<const Function> formatFunctions();      ///< `format` and `quote` of the same
std::span<const Function> conversionFunctions();  ///< CEL spec, "Type Conversion Functions", and type, dyn
std::span<const Function> timeFunctions();        ///< CEL spec, "Timestamp and Duration Functions"
std::span<const Function> mathExtensions();       ///< cel-go's `math` extension
std::span<const Function> optionalFunctions();    ///< CEL's optional values
std::span<const Function> encodingFunctions();    ///< base64, and our own json, sha256, host

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
