// Entry for libFuzzer, and for the replay of its corpus. The first byte of an input says which reader gets the rest.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "website_analyzer/charset.h"
#include "website_analyzer/page_content.h"
#include "website_analyzer/robots.h"
#include "website_analyzer/sitemap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepd::website;
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'r': {
            const Robots robots = Robots::parse(rest, "LeadIntelBot");
            if (!robots.allows("/robots.txt")) __builtin_trap();
            robots.allows(rest.substr(0, 2083));
            break;
        }
        case 's':
            if (parseSitemap(rest, {.maxBytes = 1U << 20, .maxEntries = 100}).entries.size() > 100) __builtin_trap();
            break;
        case 'c': decodeHtml(rest, rest.substr(0, 64)); break;
        default: {
            const PageContent page = readPage(rest, "text/html", "https://acme.example/dir/page", "LeadIntelBot");
            const MarkdownText text = joined(page.blocks, 50'000);
            if (!text.text.empty() && !text.text.ends_with('\n')) __builtin_trap();
            isParked(page);
            isSoft404(page);
        }
    }
    return 0;
}
