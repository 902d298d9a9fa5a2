#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace stepd::ctl {

/// What a plugin must not call, or had better not (plugin-abi rule 9; stepd/abi.h, "Control").
struct ImportRule {
    std::string_view names;  ///< with spaces between them
    Severity severity;
    std::string_view does;     ///< ends the sentence "calls NAME, which "
    std::string_view instead;  ///< a sentence
    bool threadsOnly = false;  ///< a mistake only where several threads call the plugin
};

/// The rule for an imported function; null: it is free.
const ImportRule* ruleFor(std::string_view import);

}  // namespace stepd::ctl
