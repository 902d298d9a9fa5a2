#include "support/power_cut.h"

#include <algorithm>
#include <utility>

namespace stepd::test {
namespace {

constexpr std::size_t kSector = 512;

/// The pieces of a write that reach the disk whole or not at all.
std::vector<UnsyncedWrite> sectorsOf(const UnsyncedWrite& write) {
    if (write.truncates) return {write};
    std::vector<UnsyncedWrite> pieces;
    for (std::size_t done = 0; done < write.bytes.size();) {
        const std::size_t at = static_cast<std::size_t>(write.at) + done;
        const std::size_t size = std::min(kSector - at % kSector, write.bytes.size() - done);
        pieces.push_back({.order = write.order,
                          .at = static_cast<std::int64_t>(at),
                          .bytes = write.bytes.substr(done, size),
                          .truncates = false});
        done += size;
    }
    return pieces;
}

}  // namespace

PowerCut::PowerCut(Random& random)
    : random_(random),
      luck_(static_cast<Luck>(random.next() % 6)),
      likely_(std::initializer_list<double>{0.1, 0.5, 0.9}.begin()[random.next() % 3]),
      rubbish_(random.next() % 2 == 0) {}

bool PowerCut::happened() {
    if (luck_ == Luck::Nothing) return false;
    return luck_ == Luck::Everything || random_.unit() < likely_;
}

std::vector<PowerCut::Landed> PowerCut::landed(const std::map<std::string, const SimFile*>& files) {
    std::vector<Landed> all;
    for (const auto& [name, file] : files)
        for (const UnsyncedWrite& write : file->unsynced) all.push_back({name, write});
    std::sort(all.begin(), all.end(), [](const Landed& a, const Landed& b) { return a.write.order < b.write.order; });
    switch (luck_) {
        case Luck::Everything: return all;
        case Luck::Nothing: return {};
        case Luck::Writes: std::erase_if(all, [this](const Landed&) { return !happened(); }); return all;
        case Luck::Prefix: {
            const std::size_t whole = below(all.size() + 1);
            std::vector<Landed> first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(whole));
            if (whole == all.size()) return first;
            const auto pieces = sectorsOf(all[whole].write);
            for (std::size_t i = below(pieces.size() + 1); i > 0; --i)
                first.push_back({all[whole].name, pieces[i - 1]});
            return first;
        }
        case Luck::Sectors:
        case Luck::Shuffled: break;
    }
    std::vector<Landed> some;
    for (const Landed& one : all)
        for (UnsyncedWrite& piece : sectorsOf(one.write))
            if (happened()) some.push_back({one.name, std::move(piece)});
    if (luck_ == Luck::Shuffled)
        for (std::size_t i = some.size(); i > 1; --i) std::swap(some[i - 1], some[below(i)]);
    return some;
}

DiskImage PowerCut::imageOf(const std::map<std::string, const SimFile*>& files) {
    DiskImage image;
    for (const auto& [name, file] : files) image.emplace(name, file->synced);
    for (const auto& [name, write] : landed(files)) {
        std::string& content = image.at(name);
        const auto end = static_cast<std::size_t>(write.at);
        if (!write.truncates && rubbish_ && end > content.size())
            while (content.size() < end) content.push_back(static_cast<char>(random_.next()));
        write.applyTo(content);
    }
    return image;
}

}  // namespace stepd::test
