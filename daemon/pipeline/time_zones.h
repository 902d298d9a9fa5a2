#pragma once

#include <string>
#include <vector>

namespace stepd::pipeline {

/// The names of the IANA time zone database of this system, links among them, sorted: `Europe/Berlin`, `UTC`. Empty if
/// it cannot be read. Reads the disk once.
const std::vector<std::string>& timeZones();

}  // namespace stepd::pipeline
