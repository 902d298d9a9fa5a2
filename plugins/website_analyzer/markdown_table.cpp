#include <algorithm>
#include <charconv>
#include <vector>

#include "website_analyzer/markdown_blocks.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxColumns = 20;

int spanOf(HtmlNode cell, std::string_view name) {
    int span = 1;
    const std::string_view text = cell.attributeOr(name);
    std::from_chars(text.data(), text.data() + text.size(), span);
    return std::clamp(span, 1, 1000);
}

/// The rows of this table, wherever its sections put them, without those of tables inside.
std::vector<HtmlNode> rowsOf(HtmlNode table) {
    std::vector<HtmlNode> rows;
    for (HtmlNode node = table.firstChild(); node;) {
        if (node.is("tr")) rows.push_back(node);
        const bool section = node.is("thead") || node.is("tbody") || node.is("tfoot");
        node = section ? node.following(table) : node.followingSkippingChildren(table);
    }
    return rows;
}

std::string escapedCell(std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
    return text;
}

std::string rowText(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += cell.empty() ? "  |" : ' ' + cell + " |";
    return line;
}

}  // namespace

/// Absent for what a pipe table cannot show: uneven rows, a single row or column, more than 20 columns, tables inside.
std::optional<std::string> BlockRenderer::pipeTable(HtmlNode table) {
    const std::string_view role = table.attributeOr("role");
    if (role == "presentation" || role == "none") return std::nullopt;
    for (HtmlNode node = table.firstChild(); node; node = node.following(table))
        if (node.is("table") || node.is("pre") || node.is("ul") || node.is("ol")) return std::nullopt;

    // First the shape, so that text is read (and counted) only once.
    const std::vector<HtmlNode> rows = rowsOf(table);
    std::size_t columns = 0;
    for (const HtmlNode row : rows) {
        std::size_t width = 0;
        for (HtmlNode cell = row.firstChild(); cell; cell = cell.next()) {
            if (!cell.is("td") && !cell.is("th")) continue;
            if (spanOf(cell, "rowspan") > 1) return std::nullopt;
            width += static_cast<std::size_t>(spanOf(cell, "colspan"));
        }
        if (columns == 0) columns = width;
        if (width != columns) return std::nullopt;
    }
    if (rows.size() < 2 || columns < 2 || columns > kMaxColumns) return std::nullopt;

    std::string out;
    for (const HtmlNode row : rows) {
        std::vector<std::string> cells;
        for (HtmlNode cell = row.firstChild(); cell; cell = cell.next()) {
            if (!cell.is("td") && !cell.is("th")) continue;
            cells.push_back(escapedCell(oneLine(cell)));
            cells.resize(cells.size() + static_cast<std::size_t>(spanOf(cell, "colspan")) - 1);
        }
        const bool header = out.empty();
        out += (header ? "" : "\n") + rowText(cells);
        if (header) out += '\n' + rowText(std::vector<std::string>(columns, "---"));
    }
    return out;
}

void BlockRenderer::appendTable(MarkdownBlocks& out, HtmlNode node) {
    std::optional<std::string> table = pipeTable(node);
    if (!table) return append(out, renderChildren(node));
    for (HtmlNode child = node.firstChild(); child; child = child.next())
        if (const std::string caption = child.is("caption") ? oneLine(child) : std::string{}; !caption.empty())
            out.push_back('*' + caption + '*');
    out.push_back(std::move(*table));
}

}  // namespace stepd::website
