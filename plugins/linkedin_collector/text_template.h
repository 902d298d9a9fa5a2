#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::linkedin {

/// Values of placeholders by name: `id`, `secret.key`.
using TemplateValues = std::map<std::string, std::string>;

/// What the place of a template asks of the values put into it; its own text is taken as it stands.
enum class Escaping { None, Percent, JsonString };

/// Text with `{{name}}` in it. Parsed once, at load. A value.
class TextTemplate {
public:
    TextTemplate() = default;
    /// Throws std::invalid_argument with a sentence if the braces do not match.
    explicit TextTemplate(std::string_view text);

    /// Unknown names give an empty text; the configuration was checked for them.
    std::string render(const TemplateValues& values, Escaping escaping) const;
    std::vector<std::string> names() const;
    /// The text in front of the first placeholder.
    std::string_view literalPrefix() const;

private:
    struct Part {
        bool placeholder = false;
        std::string text;
    };
    std::vector<Part> parts_;
};

}  // namespace stepd::linkedin
