#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "rehearsal/test_file.h"

namespace stepd::rehearsal {

struct CaseReport {
    std::string name;
    std::size_t runs = 0;
    Duration took{};                       ///< virtual time from the first event until the last run has ended
    std::uint64_t crashes = 0;             ///< stops that the crash matrix made and that changed nothing
    std::vector<std::string> differences;  ///< empty: as expected
    bool passed() const { return differences.empty(); }
};

/// Plays a case of a file without errors, through its crash matrix if it asks for one, and compares. Does not block.
CaseReport runCase(const TestFile& file, const TestCase& one, const engine::EngineOptions& options = {});

}  // namespace stepd::rehearsal
