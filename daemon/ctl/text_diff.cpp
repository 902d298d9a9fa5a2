#include "ctl/text_diff.h"

#include <algorithm>
#include <vector>

namespace stepd::ctl {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::ptrdiff_t kContext = 3;
/// Beyond so many differing lines the rest counts as replaced as a whole: the search remembers their square.
constexpr std::ptrdiff_t kMostDifferences = 2000;

struct Edit {
    char sign;  // ' ', '-' or '+'
    std::string_view line;
};

Lines linesOf(std::string_view text) {
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// The furthest point in `a` that each diagonal reaches with d differences; one round a d.
using Reach = std::vector<std::ptrdiff_t>;

/// Diagonal k was reached by an insertion from k + 1, not by a deletion from k - 1.
bool cameDown(const Reach& reach, std::ptrdiff_t d, std::ptrdiff_t k, std::ptrdiff_t origin) {
    const auto at = static_cast<std::size_t>(origin + k);
    return k == -d || (k != d && reach[at - 1] < reach[at + 1]);
}

/// Walks the rounds back from the end of both; `rounds[d]` is what was known before round d.
std::vector<Edit> backtrack(const Lines& a, const Lines& b, const std::vector<Reach>& rounds, std::ptrdiff_t origin) {
    std::vector<Edit> edits;
    auto x = static_cast<std::ptrdiff_t>(a.size());
    auto y = static_cast<std::ptrdiff_t>(b.size());
    for (auto d = static_cast<std::ptrdiff_t>(rounds.size()) - 1; d >= 0; --d) {
        const Reach& reach = rounds[static_cast<std::size_t>(d)];
        const std::ptrdiff_t k = x - y;
        const bool down = cameDown(reach, d, k, origin);
        const std::ptrdiff_t fromK = down ? k + 1 : k - 1;
        const std::ptrdiff_t fromX = d == 0 ? 0 : reach[static_cast<std::size_t>(origin + fromK)];
        const std::ptrdiff_t fromY = d == 0 ? 0 : fromX - fromK;
        while (x > fromX && y > fromY) {
            edits.push_back({' ', a[static_cast<std::size_t>(--x)]});
            --y;
        }
        if (d == 0) break;
        if (down)
            edits.push_back({'+', b[static_cast<std::size_t>(--y)]});
        else
            edits.push_back({'-', a[static_cast<std::size_t>(--x)]});
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
}

std::vector<Edit> replaced(const Lines& a, const Lines& b) {
    std::vector<Edit> edits;
    for (const auto line : a) edits.push_back({'-', line});
    for (const auto line : b) edits.push_back({'+', line});
    return edits;
}

std::vector<Edit> editsOf(const Lines& a, const Lines& b) {
    const auto n = static_cast<std::ptrdiff_t>(a.size());
    const auto m = static_cast<std::ptrdiff_t>(b.size());
    const std::ptrdiff_t most = std::min(n + m, kMostDifferences);
    const std::ptrdiff_t origin = most + 1;
    Reach reach(static_cast<std::size_t>(2 * most + 3), 0);
    std::vector<Reach> rounds;
    for (std::ptrdiff_t d = 0; d <= most; ++d) {
        rounds.push_back(reach);
        for (std::ptrdiff_t k = -d; k <= d; k += 2) {
            const auto at = static_cast<std::size_t>(origin + k);
            std::ptrdiff_t x = cameDown(reach, d, k, origin) ? reach[at + 1] : reach[at - 1] + 1;
            while (x < n && x - k < m && x - k >= 0 &&
                   a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)])
                ++x;
            reach[at] = x;
            if (x >= n && x - k >= m) return backtrack(a, b, rounds, origin);
        }
    }
    return replaced(a, b);
}

std::string range(std::ptrdiff_t first, std::ptrdiff_t count) {
    return std::to_string(count == 0 ? first : first + 1) + "," + std::to_string(count);
}

}  // namespace

std::string unifiedDiff(std::string_view before, std::string_view after) {
    if (before == after) return {};
    const auto edits = editsOf(linesOf(before), linesOf(after));
    const auto size = static_cast<std::ptrdiff_t>(edits.size());
    const auto differs = [&](std::ptrdiff_t i) { return edits[static_cast<std::size_t>(i)].sign != ' '; };
    std::string out;
    std::ptrdiff_t oldLine = 0;
    std::ptrdiff_t newLine = 0;
    for (std::ptrdiff_t i = 0; i < size;) {
        std::ptrdiff_t first = i;
        while (first < size && !differs(first)) ++first;
        if (first == size) break;
        const std::ptrdiff_t begin = std::max(i, first - kContext);
        std::ptrdiff_t end = first + 1;
        for (std::ptrdiff_t next = end; next < size && next - end <= 2 * kContext; ++next)
            if (differs(next)) end = next + 1;
        end = std::min(size, end + kContext);
        oldLine += begin - i;
        newLine += begin - i;
        std::string body;
        std::ptrdiff_t olds = 0;
        std::ptrdiff_t news = 0;
        for (std::ptrdiff_t at = begin; at < end; ++at) {
            const Edit& edit = edits[static_cast<std::size_t>(at)];
            olds += edit.sign != '+' ? 1 : 0;
            news += edit.sign != '-' ? 1 : 0;
            body += edit.sign + std::string(edit.line) + "\n";
        }
        out += "@@ -" + range(oldLine, olds) + " +" + range(newLine, news) + " @@\n" + body;
        oldLine += olds;
        newLine += news;
        i = end;
    }
    return out;
}

}  // namespace stepd::ctl
