#include <algorithm>
#include <optional>

#include "cel/functions.h"
#include "cel/unicode.h"

namespace stepd::cel {
namespace {

/// The byte of a code point given as an `int` argument; absent if it is no int or lies outside the text.
std::optional<std::size_t> offsetOf(std::string_view text, const Value& index) {
    const auto number = index.asInt();
    if (!number || *number < 0) return std::nullopt;
    const auto offset = byteOffset(text, static_cast<std::size_t>(*number));
    return offset == std::string_view::npos ? std::nullopt : std::optional(offset);
}

Outcome outOfRange(const char* name, const Value& index) {
    return fail(std::string(name) + ": index out of range: " + toJson(index).value_or(""));
}

bool allTexts(const Arguments& arguments, std::size_t count) {
    return std::all_of(arguments.values.begin(), arguments.values.begin() + static_cast<std::ptrdiff_t>(count),
                       [](const Value& value) { return value.isString(); });
}

Outcome charAt(const Arguments& arguments) {
    if (!arguments[0].isString() || !arguments[1].isInt()) return noOverload("charAt", arguments.values);
    const std::string_view text = *arguments[0].text();
    if (!arguments.budget.scan(text.size())) return failUsedUp();
    const auto at = offsetOf(text, arguments[1]);
    if (!at) return outOfRange("charAt", arguments[1]);
    const auto rest = text.substr(*at);
    return Value::string(std::string(rest.substr(0, rest.empty() ? 0 : codePointSize(rest))));
}

Outcome position(std::string_view text, std::size_t found) {
    if (found == std::string_view::npos) return Value::integer(-1);
    return Value::integer(static_cast<std::int64_t>(codePoints(text.substr(0, found))));
}

bool isSearch(const Arguments& arguments) {
    return allTexts(arguments, 2) && (arguments.count() < 3 || arguments[2].isInt());
}

Outcome indexOf(const Arguments& arguments) {
    if (!isSearch(arguments)) return noOverload("indexOf", arguments.values);
    const std::string_view text = *arguments[0].text();
    if (!arguments.budget.scan(text.size())) return failUsedUp();
    const auto from = arguments.count() < 3 ? std::optional<std::size_t>(0) : offsetOf(text, arguments[2]);
    return from ? position(text, findText(text, *arguments[1].text(), *from)) : outOfRange("indexOf", arguments[2]);
}

Outcome lastIndexOf(const Arguments& arguments) {
    if (!isSearch(arguments)) return noOverload("lastIndexOf", arguments.values);
    const std::string_view text = *arguments[0].text();
    // rfind may compare the whole part at every place
    if (!arguments.budget.scan(text.size() * arguments[1].text()->size())) return failUsedUp();
    const auto from = arguments.count() < 3 ? std::optional(text.size()) : offsetOf(text, arguments[2]);
    return from ? position(text, text.rfind(*arguments[1].text(), *from)) : outOfRange("lastIndexOf", arguments[2]);
}

Outcome casedBy(const char* name, const Arguments& arguments, char first, char last, int shift) {
    if (!arguments[0].isString()) return noOverload(name, arguments.values);
    std::string text = *arguments[0].text();
    for (char& c : text)
        if (c >= first && c <= last) c = static_cast<char>(c + shift);
    return charged(Value::string(std::move(text)), arguments.budget);
}

Outcome lowerAscii(const Arguments& arguments) {
    return casedBy("lowerAscii", arguments, 'A', 'Z', 'a' - 'A');
}
Outcome upperAscii(const Arguments& arguments) {
    return casedBy("upperAscii", arguments, 'a', 'z', 'A' - 'a');
}

/// How often to cut: the optional `int` argument, negative for no limit.
std::optional<std::size_t> limitOf(const Arguments& arguments, std::size_t at) {
    if (arguments.count() <= at) return SIZE_MAX;
    const auto limit = arguments[at].asInt();
    if (!limit) return std::nullopt;
    return *limit < 0 ? SIZE_MAX : static_cast<std::size_t>(*limit);
}

/// Where `part` begins; an empty one stands behind the first character.
std::size_t nextPart(std::string_view text, std::string_view part) {
    if (!part.empty()) return findText(text, part);
    return text.empty() ? std::string_view::npos : codePointSize(text);
}

Outcome replace(const Arguments& arguments) {
    const auto limit = limitOf(arguments, 3);
    if (!allTexts(arguments, 3) || !limit) return noOverload("replace", arguments.values);
    std::string_view rest = *arguments[0].text();
    const std::string& from = *arguments[1].text();
    const std::string& to = *arguments[2].text();
    if (!arguments.budget.scan(rest.size()) || !arguments.budget.grow(rest.size())) return failUsedUp();
    std::string out;
    for (std::size_t done = 0; done < *limit; ++done) {
        // What is empty stands before the first character too.
        const auto at = done == 0 && from.empty() ? 0 : nextPart(rest, from);
        if (at == std::string_view::npos) break;
        if (!arguments.budget.grow(to.size())) return failUsedUp();
        out.append(rest.substr(0, at)).append(to);
        rest.remove_prefix(at + from.size());
    }
    return Value::string(out.append(rest));
}

Outcome split(const Arguments& arguments) {
    const auto limit = limitOf(arguments, 2);
    if (!allTexts(arguments, 2) || !limit) return noOverload("split", arguments.values);
    std::string_view rest = *arguments[0].text();
    const std::string& separator = *arguments[1].text();
    if (!arguments.budget.scan(rest.size())) return failUsedUp();
    std::vector<Value> parts;
    const auto add = [&](std::string_view part) {
        parts.push_back(Value::string(std::string(part)));
        return arguments.budget.grow(parts.back().weight());
    };
    if (*limit == 0 || (rest.empty() && separator.empty())) return Value::list({});
    while (parts.size() + 1 < *limit) {
        const auto at = nextPart(rest, separator);
        if (at == std::string_view::npos) break;
        if (separator.empty() && at == rest.size()) break;
        if (!add(rest.substr(0, at))) return failUsedUp();
        rest.remove_prefix(at + separator.size());
    }
    return add(rest) ? Outcome(Value::list(std::move(parts))) : failUsedUp();
}

Outcome substring(const Arguments& arguments) {
    const bool known =
        arguments[0].isString() && arguments[1].isInt() && (arguments.count() < 3 || arguments[2].isInt());
    if (!known) return noOverload("substring", arguments.values);
    const std::string_view text = *arguments[0].text();
    if (!arguments.budget.scan(text.size())) return failUsedUp();
    const auto from = offsetOf(text, arguments[1]);
    if (!from) return outOfRange("substring", arguments[1]);
    const auto to = arguments.count() < 3 ? std::optional(text.size()) : offsetOf(text, arguments[2]);
    if (!to || *to < *from) return outOfRange("substring", arguments[2]);
    return charged(Value::string(std::string(text.substr(*from, *to - *from))), arguments.budget);
}

Outcome trim(const Arguments& arguments) {
    if (!arguments[0].isString()) return noOverload("trim", arguments.values);
    if (!arguments.budget.scan(arguments[0].text()->size())) return failUsedUp();
    return charged(Value::string(std::string(trimmed(*arguments[0].text()))), arguments.budget);
}

Outcome join(const Arguments& arguments) {
    const auto* items = arguments[0].items();
    const std::string none;
    const auto* separator = arguments.count() > 1 ? arguments[1].text() : &none;
    if (!items || !separator) return noOverload("join", arguments.values);
    if (!arguments.budget.spend(items->size())) return failUsedUp();
    std::string out;
    for (const auto& item : *items) {
        if (!item.isString()) return noOverload("join", arguments.values);
        if (!arguments.budget.grow(separator->size() + item.text()->size())) return failUsedUp();
        if (&item != items->data()) out += *separator;
        out += *item.text();
    }
    return Value::string(std::move(out));
}

Outcome reverse(const Arguments& arguments) {
    if (!arguments[0].isString()) return noOverload("reverse", arguments.values);
    const std::string& text = *arguments[0].text();
    std::string out(text.size(), '\0');
    std::size_t end = text.size();
    for (std::size_t at = 0; at < text.size();) {
        const auto size = codePointSize(std::string_view(text).substr(at));
        end -= size;
        out.replace(end, size, text, at, size);
        at += size;
    }
    return charged(Value::string(std::move(out)), arguments.budget);
}

constexpr FunctionRow kFunctions[] = {
    {"charAt", CallStyle::Member, charAt, "(string, int) -> string"},
    {"indexOf", CallStyle::Member, indexOf, "(string, string) -> int; (string, string, int) -> int"},
    {"lastIndexOf", CallStyle::Member, lastIndexOf, "(string, string) -> int; (string, string, int) -> int"},
    {"lowerAscii", CallStyle::Member, lowerAscii, "(string) -> string"},
    {"upperAscii", CallStyle::Member, upperAscii, "(string) -> string"},
    {"replace", CallStyle::Member, replace,
     "(string, string, string) -> string; (string, string, string, int) -> string"},
    {"split", CallStyle::Member, split, "(string, string) -> list(string); (string, string, int) -> list(string)"},
    {"substring", CallStyle::Member, substring, "(string, int) -> string; (string, int, int) -> string"},
    {"trim", CallStyle::Member, trim, "(string) -> string"},
    {"join", CallStyle::Member, join, "(list(string)) -> string; (list(string), string) -> string"},
    {"reverse", CallStyle::Member, reverse, "(string) -> string"},
};

}  // namespace

std::span<const FunctionRow> stringExtensions() {
    return kFunctions;
}

}  // namespace stepd::cel
