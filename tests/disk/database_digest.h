#pragma once

#include <cstdint>
#include <string>

namespace stepd::test {

/// Everything that is stored, as one number: equal for equal contents. `path` is that of a sound database, which may be
/// in use. Throws Error.
std::uint64_t digestOf(const std::string& path);

}  // namespace stepd::test
