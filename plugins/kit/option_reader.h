#pragma once

#include <stepd/step.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::kit {

/// Reads the options of a plugin. Each key is asked for by name with its default; what has the wrong type, is out of
/// range or was never asked for becomes a finding with its path, and `finish` throws all of them as one InvalidConfig.
/// One thread at a time; the JSON must outlive it.
class OptionReader {
public:
    explicit OptionReader(const Json& options) : OptionReader(options, "", std::make_shared<Findings>()) {}

    bool flag(std::string_view key, bool initial) {
        const Json* value = find(key);
        if (value == nullptr) return initial;
        if (value->is_boolean()) return value->get<bool>();
        return complain(key, "must be true or false"), initial;
    }

    std::int64_t number(std::string_view key, std::int64_t initial, std::int64_t least, std::int64_t most) {
        const Json* value = find(key);
        if (value == nullptr) return initial;
        const bool whole = value->is_number_integer() &&
                           (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
        if (whole && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
            return value->get<std::int64_t>();
        complain(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return initial;
    }

    std::chrono::milliseconds millis(std::string_view key, std::int64_t initial, std::int64_t least,
                                     std::int64_t most) {
        return std::chrono::milliseconds(number(key, initial, least, most));
    }

    std::string text(std::string_view key, std::string initial) {
        const Json* value = find(key);
        if (value == nullptr) return initial;
        if (value->is_string()) return value->get<std::string>();
        return complain(key, "must be a string"), initial;
    }

    std::string oneOf(std::string_view key, std::string initial, const std::vector<std::string>& allowed) {
        std::string value = text(key, std::move(initial));
        if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
        std::string list;
        for (const auto& word : allowed) list += (list.empty() ? "" : ", ") + word;
        return complain(key, "must be one of " + list), allowed.front();
    }

    /// A list of strings; a single string is a list of one.
    std::vector<std::string> texts(std::string_view key, std::vector<std::string> initial) {
        const Json* value = find(key);
        if (value == nullptr) return initial;
        if (value->is_string()) return {value->get<std::string>()};
        std::vector<std::string> out;
        const bool array = value->is_array();
        if (!array || !std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_string(); }))
            return complain(key, "must be a list of strings"), initial;
        for (const auto& item : *value) out.push_back(item.get<std::string>());
        return out;
    }

    /// The value as it stands; null if the key is absent.
    const Json* find(std::string_view key) {
        asked_.emplace_back(key);
        const auto found = json_->is_object() ? json_->find(std::string(key)) : json_->end();
        return found == json_->end() || found->is_null() ? nullptr : &*found;
    }

    /// A reader of the object at `key`; of an empty one if the key is absent.
    OptionReader object(std::string_view key) {
        static const Json empty = Json::object();
        const Json* value = find(key);
        return {value == nullptr ? empty : *value, pathOf(key), findings_};
    }

    /// A reader of `json`, which stands at `key` of this one: for items of lists and maps.
    OptionReader nested(const Json& json, std::string_view key) const { return {json, pathOf(key), findings_}; }

    void complain(std::string_view key, const std::string& what) const {
        findings_->push_back(pathOf(key) + " " + what);
    }

    /// `providers/0/timeout_ms`
    std::string pathOf(std::string_view key) const {
        if (key.empty()) return path_;
        return path_.empty() ? std::string(key) : path_ + "/" + std::string(key);
    }

    /// Call when all keys of this object were asked for: every other key is a finding.
    void closed() const {
        if (!json_->is_object()) return;
        for (const auto& [key, value] : json_->items())
            if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) complain(key, "is not a known option");
    }

    /// `closed`, then throws InvalidConfig if this reader or any made from it has found something.
    void finish() const {
        closed();
        if (findings_->empty()) return;
        std::string all;
        for (const auto& finding : *findings_) all += (all.empty() ? "" : "; ") + finding;
        throw InvalidConfig(all);
    }

private:
    using Findings = std::vector<std::string>;

    OptionReader(const Json& json, std::string path, std::shared_ptr<Findings> findings)
        : json_(&json), path_(std::move(path)), findings_(std::move(findings)) {
        if (!json.is_object()) complain("", "must be an object");
    }

    const Json* json_;
    std::string path_;
    std::vector<std::string> asked_;
    std::shared_ptr<Findings> findings_;  // shared by the readers of one document, which may be kept in any order
};

}  // namespace stepd::kit
