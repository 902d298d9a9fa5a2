#include "yaml/reader.h"

#include <algorithm>

#include "base/diagnostic.h"
#include "base/units.h"

namespace stepd::yaml {
namespace {

/// `steps[2].with` -> `steps[].with`: a key of the language, wherever it stands.
std::string withoutIndices(const std::string& path) {
    std::string out;
    bool inside = false;
    for (const char c : path) {
        if (c == ']') inside = false;
        if (!inside) out += c;
        if (c == '[') inside = true;
    }
    return out;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return out;
}

template <typename T>
bool within(const T& value, const Range<T>& range) {
    return value >= range.least && value <= range.most;
}

/// `between 1 and 1000`, `at least 1`, `at most 10`.
std::string bounds(const std::string& least, bool open, const std::string& most) {
    return open ? "at least " + least : "between " + least + " and " + most;
}

}  // namespace

Reader::Reader(const Node& node, std::string path, Report& report)
    : node_(node), path_(std::move(path)), report_(report) {
    if (node_.kind != Kind::Mapping)
        report_.error(node_, path_, std::string("expected a mapping, not ") + describe(node_.kind));
}

std::string Reader::path(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::string itemPath(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

const Entry* Reader::entry(std::string_view key) {
    known_.emplace_back(key);
    report_.noteKey(withoutIndices(path(key)));
    return node_.find(key);
}

void Reader::error(std::string_view key, std::string message, std::string hint) {
    const Entry* found = node_.find(key);
    report_.error(found != nullptr ? *found->value : node_, path(key), std::move(message), std::move(hint));
}

void Reader::wrongKind(std::string_view key, const Node& value, const char* expected, const std::string& hint) {
    report_.error(value, path(key), "`" + std::string(key) + "` must be " + expected + ", not " + describe(value.kind),
                  hint);
}

bool Reader::read(std::string_view key, std::string& text) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    // The environment has no quotes: there `5` may be a text.
    const bool unquoted = !found->value->origin.empty() && found->value->isScalar();
    if (found->value->kind != Kind::Text && !unquoted) {
        wrongKind(key, *found->value, "a text",
                  found->value->isScalar() && !found->value->text.empty() ? "quote it" : "");
        return false;
    }
    text = found->value->text;
    return true;
}

bool Reader::read(std::string_view key, bool& flag) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    const auto value = found->value->boolean();
    if (!value) {
        wrongKind(key, *found->value, "a boolean", "write true or false");
        return false;
    }
    flag = *value;
    return true;
}

bool Reader::read(std::string_view key, Duration& duration, Range<Duration> range) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    const auto value = found->value->isScalar() ? parseDuration(found->value->text) : std::nullopt;
    if (!value) {
        const bool bare = found->value->number().has_value();
        error(key, "`" + std::string(key) + "` must be a duration" + (bare ? " with its unit" : ""),
              bare ? "write 250ms, " + found->value->text + "s or 10m" : "write 250ms, 5s, 10m, 2h, 7d or PT5M");
        return false;
    }
    if (!within(*value, range)) {
        error(key, "`" + std::string(key) + "` must be " +
                       bounds(toText(range.least), range.most == Duration::max(), toText(range.most)));
        return false;
    }
    duration = *value;
    return true;
}

template <typename Number>
bool Reader::readWhole(std::string_view key, Number& number, Range<Number> range) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    const auto value = found->value->integer();
    if (!value) {
        wrongKind(key, *found->value, "a whole number");
        return false;
    }
    if (std::cmp_less(*value, range.least) || std::cmp_greater(*value, range.most)) {
        error(key, "`" + std::string(key) + "` must be " +
                       bounds(std::to_string(range.least), range.most == std::numeric_limits<Number>::max(),
                              std::to_string(range.most)));
        return false;
    }
    number = static_cast<Number>(*value);
    return true;
}

bool Reader::read(std::string_view key, std::int64_t& number, Range<std::int64_t> range) {
    return readWhole(key, number, range);
}
bool Reader::read(std::string_view key, std::int32_t& number, Range<std::int32_t> range) {
    return readWhole(key, number, range);
}
bool Reader::read(std::string_view key, std::size_t& number, Range<std::size_t> range) {
    return readWhole(key, number, range);
}

bool Reader::read(std::string_view key, double& number, Range<double> range) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    const auto value = found->value->number();
    if (!value) {
        wrongKind(key, *found->value, "a number");
        return false;
    }
    if (!within(*value, range)) {
        const auto text = [](double bound) {
            std::string digits = std::to_string(bound);
            digits.erase(std::max(digits.find_last_not_of('0'), digits.find('.') + 1) + 1);
            return digits;
        };
        error(key, "`" + std::string(key) + "` must be " +
                       bounds(text(range.least), range.most == std::numeric_limits<double>::max(), text(range.most)));
        return false;
    }
    number = *value;
    return true;
}

bool Reader::read(std::string_view key, std::vector<std::string>& texts) {
    const Node* items = list(key);
    if (items == nullptr) return false;
    std::vector<std::string> values;
    for (std::size_t i = 0; i < items->items.size(); ++i) {
        const Node& item = *items->items[i];
        if (item.kind == Kind::Text) {
            values.push_back(item.text);
        } else {
            report_.error(item, itemPath(path(key), i), std::string("expected a text, not ") + describe(item.kind));
        }
    }
    if (values.size() != items->items.size()) return false;
    texts = std::move(values);
    return true;
}

bool Reader::readSize(std::string_view key, std::uint64_t& bytes, Range<std::uint64_t> range) {
    const Entry* found = entry(key);
    if (found == nullptr) return false;
    const auto value = found->value->isScalar() ? parseByteSize(found->value->text) : std::nullopt;
    if (!value) {
        error(key, "`" + std::string(key) + "` must be a size with its unit", "write 512B, 64KiB or 10MB");
        return false;
    }
    if (!within(*value, range)) {
        error(key,
              "`" + std::string(key) + "` must be " +
                  bounds(std::to_string(range.least) + " B", range.most == std::numeric_limits<std::uint64_t>::max(),
                         std::to_string(range.most) + " B"));
        return false;
    }
    bytes = *value;
    return true;
}

std::optional<std::size_t> Reader::readWord(std::string_view key, const std::vector<std::string>& words) {
    const Entry* found = entry(key);
    if (found == nullptr) return std::nullopt;
    const Node& value = *found->value;
    const auto known = value.isScalar() ? std::find(words.begin(), words.end(), value.text) : words.end();
    if (known != words.end()) return static_cast<std::size_t>(known - words.begin());
    const std::string meant = value.isScalar() ? didYouMean(value.text, words) : "";
    error(key, "`" + std::string(key) + "` must be " + joined(words),
          meant.empty() ? "" : "did you mean `" + meant + "`?");
    return std::nullopt;
}

const Node* Reader::mapping(std::string_view key) {
    const Entry* found = entry(key);
    if (found == nullptr) return nullptr;
    if (found->value->kind == Kind::Mapping) return found->value.get();
    wrongKind(key, *found->value, "a mapping");
    return nullptr;
}

const Node* Reader::list(std::string_view key) {
    const Entry* found = entry(key);
    if (found == nullptr) return nullptr;
    if (found->value->kind == Kind::Sequence) return found->value.get();
    wrongKind(key, *found->value, "a list");
    return nullptr;
}

void Reader::require(std::initializer_list<const char*> keys) {
    if (node_.kind != Kind::Mapping) return;
    for (const char* key : keys)
        if (!has(key)) report_.error(node_, path(key), "`" + std::string(key) + "` is missing");
}

void Reader::refuse(std::string_view key, const std::string& message, const std::string& hint) {
    refused_.emplace_back(key);
    if (const Entry* found = node_.find(key)) report_.error(found->mark, path(key), message, hint);
}

void Reader::finish() {
    std::vector<std::string> words = known_;
    words.insert(words.end(), refused_.begin(), refused_.end());
    for (const auto& [key, mark, value] : node_.entries) {
        if (std::find(words.begin(), words.end(), key) != words.end()) continue;
        const std::string meant = didYouMean(key, words);
        const std::string hint = meant.empty() ? "known here: " + joined(known_) : "did you mean `" + meant + "`?";
        if (value->origin.empty()) {
            report_.error(mark, path(key), "unknown key `" + key + "`", hint);
        } else {
            report_.error(*value, path(key), "unknown key `" + path(key) + "`", hint);
        }
    }
}

}  // namespace stepd::yaml
