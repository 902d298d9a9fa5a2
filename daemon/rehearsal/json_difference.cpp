#include "rehearsal/json_difference.h"

#include <nlohmann/json.hpp>

namespace stepd::rehearsal {
namespace {

using Json = nlohmann::ordered_json;

/// On one line, and short enough for it.
std::string shown(const Json& value) {
    constexpr std::size_t kMost = 160;
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= kMost) return text;
    std::size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "...";
}

class Comparison {
public:
    explicit Comparison(Match match) : match_(match) {}

    void compare(const Json& expected, const Json& actual, const std::string& path) {
        if (expected.is_object() && actual.is_object()) return compareObjects(expected, actual, path);
        if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
            for (std::size_t i = 0; i < expected.size(); ++i)
                compare(expected[i], actual[i], path + "[" + std::to_string(i) + "]");
        } else if (expected.is_array() && actual.is_array()) {
            lines_.push_back(path + ": expected " + std::to_string(expected.size()) + " items, was " + shown(actual));
        } else if (expected != actual) {
            lines_.push_back(path + ": expected " + shown(expected) + ", was " + shown(actual));
        }
    }

    std::vector<std::string> take() { return std::move(lines_); }

private:
    void compareObjects(const Json& expected, const Json& actual, const std::string& path) {
        for (const auto& [key, value] : expected.items()) {
            if (const auto found = actual.find(key); found != actual.end()) {
                compare(value, *found, path + "." + key);
            } else {
                lines_.push_back(path + "." + key + ": expected " + shown(value) + ", is not there");
            }
        }
        if (match_ == Match::Subset) return;
        for (const auto& [key, value] : actual.items())
            if (!expected.contains(key)) lines_.push_back(path + "." + key + ": expected nothing, was " + shown(value));
    }

    const Match match_;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> jsonDifferences(std::string_view expected, std::string_view actual, const std::string& path,
                                         Match match) {
    const Json wanted = Json::parse(expected, nullptr, false);
    const Json found = actual.empty() ? Json() : Json::parse(actual, nullptr, false);
    if (found.is_discarded()) return {path + ": is no JSON: " + std::string(actual)};
    Comparison comparison(match);
    comparison.compare(wanted, found, path);
    return comparison.take();
}

}  // namespace stepd::rehearsal
