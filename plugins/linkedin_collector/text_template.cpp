#include "linkedin_collector/text_template.h"

#include <stepd/json.h>

#include <stdexcept>

#include "url/percent.h"
#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

std::string escaped(const std::string& value, Escaping escaping) {
    if (escaping == Escaping::Percent) return url::percentEncode(value);
    if (escaping == Escaping::None) return value;
    const std::string quoted = detail::dump(Json(value));
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text) {
    while (!text.empty()) {
        const std::size_t open = text.find("{{");
        if (open > 0) parts_.push_back({false, std::string(text.substr(0, open))});
        if (open == std::string_view::npos) return;
        const std::size_t close = text.find("}}", open);
        if (close == std::string_view::npos) throw std::invalid_argument("has {{ without }}");
        parts_.push_back({true, std::string(url::trimSpaces(text.substr(open + 2, close - open - 2)))});
        text.remove_prefix(close + 2);
    }
}

std::string TextTemplate::render(const TemplateValues& values, Escaping escaping) const {
    std::string out;
    for (const auto& part : parts_) {
        if (!part.placeholder)
            out += part.text;
        else if (const auto found = values.find(part.text); found != values.end())
            out += escaped(found->second, escaping);
    }
    return out;
}

std::vector<std::string> TextTemplate::names() const {
    std::vector<std::string> out;
    for (const auto& part : parts_)
        if (part.placeholder) out.push_back(part.text);
    return out;
}

std::string_view TextTemplate::literalPrefix() const {
    return parts_.empty() || parts_.front().placeholder ? std::string_view{} : std::string_view(parts_.front().text);
}

}  // namespace stepd::linkedin
