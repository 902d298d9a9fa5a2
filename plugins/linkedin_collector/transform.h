#pragma once

#include <stepd/step.h>

#include <string>
#include <string_view>
#include <vector>

namespace stepd::linkedin {

/// One change of a value on its way from a provider's answer: `trim lower int count date first join(', ') strip_html
/// absolute_url default('x')`. A value of a type it does not know becomes null; it never throws.
class Transform {
public:
    /// Throws std::invalid_argument with a sentence for an unknown or misspelt one.
    explicit Transform(std::string_view text);
    Json apply(const Json& value) const;

private:
    enum class Kind { Trim, Lower, Int, Count, Date, First, Join, StripHtml, AbsoluteUrl, Default };
    Kind kind_;
    std::string argument_;
};

/// `/a/b | trim | default('x')` in its parts; `|` inside quotes separates nothing.
std::vector<std::string> splitPipe(std::string_view text);

}  // namespace stepd::linkedin
