#include "website_analyzer/boilerplate.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <unordered_map>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

std::size_t hashOf(const std::string& block) {
    return std::hash<std::string>{}(folded(collapsed(block)));
}

}  // namespace

void dropRepeatedBlocks(const std::vector<MarkdownBlocks*>& pages) {
    if (pages.size() < 3) return;
    std::unordered_map<std::size_t, std::size_t> pagesWith;
    for (const MarkdownBlocks* page : pages) {
        std::set<std::size_t> hashes;
        for (const std::string& block : *page) hashes.insert(hashOf(block));
        for (const std::size_t hash : hashes) ++pagesWith[hash];
    }
    for (MarkdownBlocks* page : pages)
        std::erase_if(*page,
                      [&](const std::string& block) { return pagesWith[hashOf(block)] * 10 >= pages.size() * 6; });
}

}  // namespace stepd::website
