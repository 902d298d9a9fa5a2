#pragma once

#include <string>

#include "torture/crash_loop.h"

namespace stepd::torture {

/// What the crash loop tells, on standard output.
void printProgress(int kills, const LoadFigures& load);
void printFigures(const CrashFigures& figures, const LoadFigures& load, const Tally& tally);
/// False if there are any; then it says how to see them again and where the state lies.
bool printFindings(const Findings& findings, std::uint64_t seed, const std::string& directory);

}  // namespace stepd::torture
