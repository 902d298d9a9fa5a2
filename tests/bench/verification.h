#pragma once

#include <cstdint>
#include <string>

namespace stepd::bench {

/// What a store must hold after a load.
struct Expected {
    std::string pipeline;
    std::uint64_t runs = 0;
    std::size_t steps = 0;
};

/// Looks at every run of the pipeline through a read-only session: as many as expected, each completed, each step of it
/// completed with a result for the run's event, no event twice. Empty, or the first thing that is wrong.
std::string findWrong(const std::string& database, const Expected& expected);

}  // namespace stepd::bench
