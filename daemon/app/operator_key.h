#pragma once

#include <string>

namespace stepd::app {

/// The operator's key: 256 random bits in `operator.key` of the state directory, mode 0600, made at the first start. It
/// opens our own API; stepctl finds it there. A key that is there is never replaced. Throws Error: Configuration for a
/// file that others may read or that holds no key, System if it can be neither read nor made.
std::string loadOrMakeOperatorKey(const std::string& stateDirectory);

}  // namespace stepd::app
