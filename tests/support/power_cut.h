#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/sim_disk.h"
#include "support/sim_file.h"

namespace stepd::test {

/// Draws which of the unsynced writes have reached the disk: none, all, the first ones with the last of them torn, some
/// of them whole, or some of their sectors, in their order or in another.
class PowerCut {
public:
    explicit PowerCut(Random& random);

    /// True if something that was not synced has happened all the same.
    bool happened();
    DiskImage imageOf(const std::map<std::string, const SimFile*>& files);

private:
    enum class Luck { Nothing, Everything, Prefix, Writes, Sectors, Shuffled };
    struct Landed {
        std::string name;
        UnsyncedWrite write;
    };

    std::vector<Landed> landed(const std::map<std::string, const SimFile*>& files);
    std::uint64_t below(std::uint64_t end) { return random_.next() % end; }

    Random& random_;
    const Luck luck_;
    const double likely_;  // that a write, or a sector, has reached the disk
    const bool rubbish_;   // what was never written in a file that has grown is not zero
};

}  // namespace stepd::test
