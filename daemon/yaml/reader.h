#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "yaml/node.h"
#include "yaml/report.h"

namespace stepd::yaml {

/// The numbers a field takes, both ends included; the finding tells them.
template <typename Number>
struct Range {
    Number least = std::numeric_limits<Number>::lowest();
    Number most = std::numeric_limits<Number>::max();
};

/// The words a field takes, and what they mean.
template <typename Enum>
using Choices = std::initializer_list<std::pair<const char*, Enum>>;

/// Reads the fields of one mapping into variables of the caller. Each `read` is true if the field is there and good;
/// else it leaves the variable as it was, so what it held is the default, and a wrong value is a finding. `finish`
/// reports the keys that nobody asked for. Lives as long as a function reads; borrows the node and the report.
class Reader {
public:
    /// `path` is for the findings, empty for the root. If `node` is no mapping that is a finding and all fields are
    /// absent.
    Reader(const Node& node, std::string path, Report& report);

    bool has(std::string_view key) const { return node_.find(key) != nullptr; }
    bool read(std::string_view key, std::string& text);
    bool read(std::string_view key, bool& flag);
    bool read(std::string_view key, Duration& duration, Range<Duration> range = {Duration::zero(), Duration::max()});
    bool read(std::string_view key, std::int64_t& number, Range<std::int64_t> range = {});
    bool read(std::string_view key, std::int32_t& number, Range<std::int32_t> range = {});
    bool read(std::string_view key, std::size_t& number, Range<std::size_t> range);
    bool read(std::string_view key, double& number, Range<double> range = {});
    bool read(std::string_view key, std::vector<std::string>& texts);
    template <typename T>
    bool read(std::string_view key, std::optional<T>& field) {
        T value{};
        if (!read(key, value)) return false;
        field = std::move(value);
        return true;
    }
    /// `64KiB`, in bytes.
    bool readSize(std::string_view key, std::uint64_t& bytes, Range<std::uint64_t> range = {});
    template <typename Enum>
    bool read(std::string_view key, Enum& field, Choices<Enum> choices) {
        std::vector<std::string> words;
        for (const auto& [word, value] : choices) words.emplace_back(word);
        const auto index = readWord(key, words);
        if (!index) return false;
        field = (choices.begin() + *index)->second;
        return true;
    }
    /// The entry as it is, null if absent. For fields of a shape of their own.
    const Entry* entry(std::string_view key);
    /// A field that must be a mapping, or a list; null if absent or if it is not (a finding).
    const Node* mapping(std::string_view key);
    const Node* list(std::string_view key);

    /// A finding for each of these that is missing.
    void require(std::initializer_list<const char*> keys);
    /// A key of the language that this version does not run: a finding if it is there, never ignored.
    void refuse(std::string_view key, const std::string& message, const std::string& hint = {});
    void finish();

    const Node& node() const { return node_; }
    Report& report() { return report_; }
    /// `steps[2].retry`; with a key, of that field.
    const std::string& path() const { return path_; }
    std::string path(std::string_view key) const;
    void error(std::string_view key, std::string message, std::string hint = {});

private:
    std::optional<std::size_t> readWord(std::string_view key, const std::vector<std::string>& words);
    template <typename Number>
    bool readWhole(std::string_view key, Number& number, Range<Number> range);
    void wrongKind(std::string_view key, const Node& value, const char* expected, const std::string& hint = {});

    const Node& node_;
    std::string path_;
    Report& report_;
    std::vector<std::string> known_;
    std::vector<std::string> refused_;
};

/// `path[3]`.
std::string itemPath(const std::string& path, std::size_t index);

}  // namespace stepd::yaml
