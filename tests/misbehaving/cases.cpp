#include "cases.h"

#include <algorithm>
#include <stdexcept>

namespace stepd::misbehaving {
namespace {

constexpr std::size_t kColumns = 6;

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(' ');
    return from == std::string::npos ? std::string() : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

std::vector<std::string> columnsOf(const std::string& line) {
    std::vector<std::string> columns;
    for (std::size_t at = 1; at < line.size();) {
        const auto end = std::min(line.find('|', at), line.size());
        columns.push_back(trimmed(line.substr(at, end - at)));
        at = end + 1;
    }
    return columns;
}

/// What stands between backticks.
std::vector<std::string> codeOf(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; (at = text.find('`', at)) != std::string::npos;) {
        const auto end = text.find('`', at + 1);
        if (end == std::string::npos) throw std::runtime_error("an open ` in: " + text);
        out.push_back(text.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return out;
}

std::string onlyCodeOf(const std::string& text, const std::string& line) {
    const auto code = codeOf(text);
    if (code.size() != 1) throw std::runtime_error("one word in backticks is wanted, not '" + text + "', in: " + line);
    return code.front();
}

Case readCase(const std::string& line, const std::string& library, const std::vector<std::string>& common) {
    const auto columns = columnsOf(line);
    if (columns.size() != kColumns) throw std::runtime_error("a row of six columns is wanted: " + line);
    Case row{.name = onlyCodeOf(columns[0], line),
             .library = library,
             .oneStep = library.ends_with("*.so"),
             .settings = common,
             .ends = codeOf(columns[3]),
             .runs = codeOf(columns[4]),
             .says = codeOf(columns[5])};
    if (row.oneStep) row.library.replace(library.find('*'), 1, row.name);
    if (row.ends.empty() || row.runs.empty())
        throw std::runtime_error("a row does not say how its call and its run end: " + line);
    for (auto& setting : codeOf(columns[2])) row.settings.push_back(std::move(setting));
    return row;
}

/// The class of the step's last end, and `/` and its code if it did not end well.
std::string endOf(const test::Json& step) {
    const auto& error = step.at("error");
    if (error.is_null()) return step.at("state") == "completed" ? "ok" : step.at("state").get<std::string>();
    const auto& code = error.at("code");
    return error.at("class").get<std::string>() + (code.is_string() ? "/" + code.get<std::string>() : std::string());
}

}  // namespace

std::string Case::objection(const test::Json& shown) const {
    if (!shown.is_object() || shown.value("steps", test::Json::array()).empty()) return "no such run: " + shown.dump();
    const auto& step = shown.at("steps").at(0);
    const auto end = endOf(step);
    const auto fits = [&](const std::string& want) { return end == want || end.starts_with(want + "/"); };
    if (std::none_of(ends.begin(), ends.end(), fits)) return "ended as " + end + ": " + step.dump();
    if (std::find(runs.begin(), runs.end(), shown.at("state")) == runs.end())
        return "its run is " + shown.at("state").get<std::string>() + ": " + step.dump();
    const auto said = step.at("error").is_null() ? step.at("output").dump() : step.at("error").dump();
    for (const auto& part : says)
        if (said.find(part) == std::string::npos) return "does not say '" + part + "': " + said;
    return {};
}

std::vector<Case> readCases(std::istream& readme, const std::string& section) {
    std::vector<Case> cases;
    std::vector<std::string> common;
    std::string library;
    for (std::string line; std::getline(readme, line);) {
        if (line.starts_with("## ")) {
            const auto colon = line.find(": ");
            const bool ours = colon != std::string::npos && line.substr(3, colon - 3) == section;
            library = ours ? line.substr(colon + 2) : std::string();
            common.clear();
        }
        if (library.empty()) continue;
        if (line.starts_with("All with ")) common = codeOf(line);
        if (line.starts_with("| `")) cases.push_back(readCase(line, library, common));
    }
    if (cases.empty()) throw std::runtime_error("no cases in a section '" + section + "'");
    return cases;
}

}  // namespace stepd::misbehaving
