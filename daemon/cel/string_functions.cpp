#include "cel/functions.h"
#include "cel/regex.h"
#include "cel/unicode.h"

namespace stepd::cel {
namespace {

constexpr std::size_t kPatternSteps = 1000;  // compiling a pattern is worth this many nodes

Value count(std::size_t number) {
    return Value::integer(static_cast<std::int64_t>(number));
}

Outcome size(const Arguments& arguments) {
    const auto& of = arguments[0];
    if (const auto* items = of.items()) return count(items->size());
    if (const auto* entries = of.entries()) return count(entries->size());
    if (const auto* octets = of.octets()) return count(octets->size());
    const auto* text = of.text();
    if (!text) return noOverload("size", arguments.values);
    return arguments.budget.scan(text->size()) ? Outcome(count(codePoints(*text))) : failUsedUp();
}

template <typename Test>
Outcome testTexts(const char* name, const Arguments& arguments, Test test) {
    const auto* text = arguments[0].text();
    const auto* part = arguments[1].text();
    if (!text || !part) return noOverload(name, arguments.values);
    if (!arguments.budget.scan(text->size() + part->size())) return failUsedUp();
    return Value::boolean(test(*text, *part));
}

Outcome contains(const Arguments& arguments) {
    return testTexts("contains", arguments, [](std::string_view text, std::string_view part) {
        return findText(text, part) != std::string_view::npos;
    });
}

Outcome startsWith(const Arguments& arguments) {
    return testTexts("startsWith", arguments,
                     [](std::string_view text, std::string_view part) { return text.starts_with(part); });
}

Outcome endsWith(const Arguments& arguments) {
    return testTexts("endsWith", arguments,
                     [](std::string_view text, std::string_view part) { return text.ends_with(part); });
}

// With a pattern that is not known before; constant ones are compiled once by the checker.
Outcome matches(const Arguments& arguments) {
    const auto* text = arguments[0].text();
    const auto* pattern = arguments[1].text();
    if (!text || !pattern) return noOverload("matches", arguments.values);
    if (!arguments.budget.spend(kPatternSteps)) return failUsedUp();
    const auto compiled = Regex::compile(*pattern);
    if (!compiled) return fail("not a regular expression: " + compiled.error());
    if (!arguments.budget.scan((*compiled)->work(*text))) return failUsedUp();
    return Value::boolean((*compiled)->matches(*text));
}

constexpr FunctionRow kFunctions[] = {
    {"size", CallStyle::Either, size, "(string) -> int; (bytes) -> int; (list(A)) -> int; (map(A, B)) -> int"},
    {"contains", CallStyle::Member, contains, "(string, string) -> bool"},
    {"startsWith", CallStyle::Member, startsWith, "(string, string) -> bool"},
    {"endsWith", CallStyle::Member, endsWith, "(string, string) -> bool"},
    {"matches", CallStyle::Either, matches, "(string, string) -> bool"},
};

}  // namespace

std::span<const FunctionRow> stringFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
