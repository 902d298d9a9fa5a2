#include "linkedin_collector/transform.h"

#include <re2/re2.h>

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "linkedin_collector/dates.h"
#include "linkedin_collector/derived.h"
#include "url/unicode.h"
#include "url/url.h"

namespace stepd::linkedin {
namespace {

constexpr MonthNumber kAnyNow = 9998 * 12;  // a transform knows no clock; the derived fields check the year again

std::string withoutHtml(std::string text) {
    static const RE2 breaks(R"((?i)<(?:br|/p|/div|/li)\b[^>]*>)");
    static const RE2 tags(R"(<[^>]*>)");
    static const std::array<std::pair<RE2, std::string>, 6> entities = {
        {{"&nbsp;", " "}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#0*39;", "'"}, {"&amp;", "&"}}};
    RE2::GlobalReplace(&text, breaks, " ");
    RE2::GlobalReplace(&text, tags, "");
    for (const auto& [entity, plain] : entities) RE2::GlobalReplace(&text, entity, plain);
    return url::collapseSpaces(text);
}

Json toInt(const Json& value) {
    if (value.is_number_integer()) return value;
    if (value.is_number_float()) {
        const double number = value.get<double>();
        return number > -9e15 && number < 9e15 ? Json(static_cast<std::int64_t>(number)) : Json();
    }
    if (!value.is_string()) return nullptr;
    const std::string_view text = url::trimSpaces(value.get_ref<const std::string&>());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? Json(number) : Json();
}

Json joined(const Json& value, const std::string& separator) {
    if (!value.is_array()) return value.is_string() ? value : Json();
    std::string out;
    for (const Json& item : value)
        if (const auto* text = item.get_ptr<const std::string*>(); text && !text->empty())
            out += (out.empty() ? "" : separator) + *text;
    return out;
}

Json absoluteUrl(const std::string& text) {
    const std::string resolved = url::resolve("https://www.linkedin.com/", text);
    return resolved.empty() ? Json() : Json(resolved);
}

std::optional<std::string> quotedArgument(std::string_view text) {
    std::string inner;
    static const RE2 pattern(R"re(\s*\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*)re");
    std::string other;
    if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, &inner, &other)) return {};
    return inner.empty() ? other : inner;
}

}  // namespace

Transform::Transform(std::string_view text) {
    static const std::array<std::pair<std::string_view, Kind>, 10> kKinds = {{{"trim", Kind::Trim},
                                                                              {"lower", Kind::Lower},
                                                                              {"int", Kind::Int},
                                                                              {"count", Kind::Count},
                                                                              {"date", Kind::Date},
                                                                              {"first", Kind::First},
                                                                              {"join", Kind::Join},
                                                                              {"strip_html", Kind::StripHtml},
                                                                              {"absolute_url", Kind::AbsoluteUrl},
                                                                              {"default", Kind::Default}}};
    text = url::trimSpaces(text);
    const std::string_view name = url::trimSpaces(text.substr(0, text.find('(')));
    const std::string_view rest = text.find('(') == std::string_view::npos ? "" : text.substr(text.find('('));
    for (const auto& [known, kind] : kKinds) {
        if (known != name) continue;
        kind_ = kind;
        const bool wantsArgument = kind == Kind::Join || kind == Kind::Default;
        const auto argument = quotedArgument(rest);
        if (wantsArgument != argument.has_value() || (!wantsArgument && !rest.empty()))
            throw std::invalid_argument("has a wrong argument for the transform " + std::string(name));
        argument_ = argument.value_or("");
        return;
    }
    throw std::invalid_argument("names an unknown transform: " + std::string(name));
}

Json Transform::apply(const Json& value) const {
    const bool text = value.is_string();
    const std::string given = text ? value.get<std::string>() : std::string();
    switch (kind_) {
        case Kind::Trim: return text ? Json(std::string(url::trimSpaces(given))) : Json();
        case Kind::Lower: return text ? Json(url::toLower(given)) : Json();
        case Kind::Int: return toInt(value);
        case Kind::Count: {
            if (value.is_number_integer()) return value;
            const auto count = text ? parseCount(given) : std::nullopt;
            return count ? Json(*count) : Json();
        }
        case Kind::Date: {
            const auto month = parseDate(value, DateRole::Start, kAnyNow);
            return month ? Json(monthText(*month)) : Json();
        }
        case Kind::First: return value.is_array() && !value.empty() ? value.front() : Json();
        case Kind::Join: return joined(value, argument_);
        case Kind::StripHtml: return text ? Json(withoutHtml(given)) : Json();
        case Kind::AbsoluteUrl: return text && !given.empty() ? absoluteUrl(given) : Json();
        case Kind::Default: return value.is_null() || (text && given.empty()) ? Json(argument_) : value;
    }
    return nullptr;
}

std::vector<std::string> splitPipe(std::string_view text) {
    std::vector<std::string> parts(1);
    char quote = 0;
    for (const char c : text) {
        if (quote == 0 && c == '|') {
            parts.emplace_back();
            continue;
        }
        if (quote == 0 && (c == '\'' || c == '"') && parts.size() > 1)
            quote = c;
        else if (c == quote)
            quote = 0;
        parts.back() += c;
    }
    for (auto& part : parts) part = url::trimSpaces(part);
    return parts;
}

}  // namespace stepd::linkedin
