#pragma once

#include <span>
#include <string_view>

namespace stepd::ctl {

/// A file of sdk/templates, built into the program. A template is a whole plugin named `my_plugin`, its class
/// `MyPlugin...`; a new one is made by putting another name in their place. `dot-x` becomes `.x`.
struct TemplateFile {
    std::string_view path;  ///< `cpp/my_plugin.cpp`: the language first
    std::string_view text;
};
std::span<const TemplateFile> templateFiles();

}  // namespace stepd::ctl
