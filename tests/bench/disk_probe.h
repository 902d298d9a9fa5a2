#pragma once

#include <string>

namespace stepd::bench {

/// The median time of an append of 4 KiB with fdatasync to a file in a directory, in milliseconds; half a second of
/// them.
double syncMillis(const std::string& directory);

}  // namespace stepd::bench
