#include "yaml/document.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "yaml/report.h"
#include "yaml/tree_builder.h"

namespace stepd::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Mark markOf(std::string_view text, std::size_t offset) {
    SourceMap source(text);
    YAML::Mark place;
    place.line = static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
    const std::size_t start = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    place.column = static_cast<int>(start == std::string_view::npos ? offset : offset - start - 1);
    return source.mark(place);
}

/// Refuses what yaml-cpp would read in its own way: other encodings, control characters, lone carriage returns.
bool checkBytes(std::string_view text, Report& report) {
    const std::size_t valid = validUtf8Prefix(text);
    if (valid < text.size()) {
        report.error(markOf(text, valid), "", "this byte is not UTF-8", "save the file as UTF-8");
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool loneReturn = c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (loneReturn || c == 0x7F || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            report.error(markOf(text, i), "", "a control character",
                         "in a quoted text write it as an escape: \"\\u0007\"");
            return false;
        }
    }
    return true;
}

std::size_t indentingTab(std::string_view line) {
    const std::string_view indent = line.substr(0, line.find_first_not_of(" \t-?"));
    return indent.find('\t');
}

/// yaml-cpp's words for a tab are about what it expected instead; ours name the tab.
void reportSyntax(const YAML::Exception& problem, SourceMap& source, Report& report) {
    if (problem.mark.is_null()) return report.error(Mark{}, "", problem.msg);
    for (const int row : {problem.mark.line, problem.mark.line - 1}) {
        const std::size_t tab =
            row < 0 ? std::string_view::npos : indentingTab(source.line(static_cast<std::size_t>(row)));
        if (tab == std::string_view::npos) continue;
        return report.error(Mark{row + 1, static_cast<int>(tab) + 1}, "", "a tab is used to indent", "use spaces");
    }
    report.error(source.mark(problem.mark), "", "this is not YAML: " + problem.msg);
}

}  // namespace

Document parse(std::string_view text, const std::string& file, const Limits& limits) {
    Report report(file);
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (text.size() > limits.bytes) {
        report.error(Mark{}, "", "the file is larger than " + std::to_string(limits.bytes) + " bytes");
        return {nullptr, report.sorted()};
    }
    if (!checkBytes(text, report)) return {nullptr, report.sorted()};

    SourceMap source(text);
    TreeBuilder builder(source, limits, report);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Abandoned&) {
        return {builder.root(), report.sorted()};
    } catch (const YAML::Exception& problem) {
        reportSyntax(problem, source, report);
        return {builder.root(), report.sorted()};
    }
    NodePtr root = builder.root();
    if (root == nullptr) root = std::make_shared<Node>();
    return {std::move(root), report.sorted()};
}

FileText readFile(const std::string& path, std::size_t limit) {
    FileText result;
    Report report(path);
    std::ifstream stream(path, std::ios::binary);
    result.text.resize(limit + 1);
    if (stream) stream.read(result.text.data(), static_cast<std::streamsize>(result.text.size()));
    if (!stream.is_open() || stream.bad()) {
        report.error(Mark{}, "", "the file cannot be read", "see that it exists and that stepd may read it");
        result.text.clear();
    } else if (stream.gcount() > static_cast<std::streamsize>(limit)) {
        report.error(Mark{}, "", "the file is larger than " + std::to_string(limit) + " bytes");
        result.text.clear();
    } else {
        result.text.resize(static_cast<std::size_t>(stream.gcount()));
    }
    result.findings = report.sorted();
    return result;
}

}  // namespace stepd::yaml
