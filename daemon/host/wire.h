#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.h"

namespace stepd::host {

/// Writes the fields of a message, in the order in which they are given: numbers as they lie in memory (both ends run
/// on one machine), text as length and bytes, lists as count and items. A message has one function, `fields(archive)`,
/// which serves the writer and the reader.
class WireWriter {
public:
    /// Appends to `out`, which must outlive it.
    explicit WireWriter(std::string& out) : out_(out) {}

    template <typename T>
    requires std::is_arithmetic_v<T>
    void number(const T& value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    template <typename E>
    void choice(const E& value, E /*last*/) {
        number(static_cast<std::int32_t>(value));
    }
    void flag(bool value) { out_ += value ? '\1' : '\0'; }
    /// UTF-8, which the reader checks.
    void text(std::string_view value) { bytes(value); }
    void bytes(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        out_ += value;
    }
    template <typename T, typename Each>
    void list(std::vector<T>& items, Each&& each) {
        number(static_cast<std::uint32_t>(items.size()));
        for (T& item : items) each(item);
    }

private:
    std::string& out_;
};

/// Reads what a WireWriter wrote, and believes nothing: after the first field that does not fit, all others stay as
/// they are and `complete` is false.
class WireReader {
public:
    static constexpr std::uint64_t kMostItems = 1U << 19;
    explicit WireReader(std::string_view in) : in_(in) {}

    template <typename T>
    requires std::is_arithmetic_v<T>
    void number(T& value) {
        if (const auto raw = take(sizeof value); ok_) std::memcpy(&value, raw.data(), sizeof value);
    }
    /// `value` must be one of the enumerators from 0 to `last`.
    template <typename E>
    void choice(E& value, E last) {
        std::int32_t raw = 0;
        number(raw);
        if (raw < 0 || raw > static_cast<std::int32_t>(last)) ok_ = false;
        if (ok_) value = static_cast<E>(raw);
    }
    void flag(bool& value) {
        if (const auto raw = take(1); ok_) {
            ok_ = raw[0] == '\0' || raw[0] == '\1';
            value = raw[0] == '\1';
        }
    }
    void text(std::string& value) {
        bytes(value);
        if (ok_ && !isUtf8(value)) ok_ = false;
    }
    void bytes(std::string& value) {
        std::uint32_t size = 0;
        number(size);
        if (const auto raw = take(size); ok_) value = raw;
    }
    template <typename T, typename Each>
    void list(std::vector<T>& items, Each&& each) {
        std::uint32_t count = 0;
        number(count);
        // Every item takes at least a byte, so a count that is a lie cannot make us allocate more than we were sent;
        // and an item takes more room with us than on the wire, so there is a bound on all of a message.
        items_ += count;
        if (count > in_.size() || items_ > kMostItems) ok_ = false;
        for (std::uint32_t i = 0; ok_ && i < count; ++i) each(items.emplace_back());
    }
    /// True if every field was there and nothing is left.
    bool complete() const { return ok_ && in_.empty(); }

private:
    std::string_view take(std::size_t size) {
        if (!ok_ || size > in_.size()) return ok_ = false, std::string_view();
        const auto front = in_.substr(0, size);
        in_.remove_prefix(size);
        return front;
    }
    std::string_view in_;
    std::uint64_t items_ = 0;  ///< of all lists so far
    bool ok_ = true;
};

}  // namespace stepd::host
