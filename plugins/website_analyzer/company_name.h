#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::website {

/// The part that two or more titles share, as in "Team | Acme" and "Contact | Acme"; empty if none.
std::string commonTitlePart(const std::vector<std::string>& titles);

/// "Acme GmbH" of "© 2019-2024 Acme GmbH. All rights reserved."; empty if there is no such line.
std::string copyrightHolder(std::string_view text);

}  // namespace stepd::website
