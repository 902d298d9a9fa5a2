#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/text.h"

namespace stepd::json {

/// Writes one JSON text front to back, without a tree. Values that are JSON already go in as they are (`raw`), so
/// stored bytes stay what they were. Nesting is the caller's to keep right. One thread at a time.
class Writer {
public:
    Writer& beginObject() { return open('{'); }
    Writer& endObject() { return close('}'); }
    Writer& beginArray() { return open('['); }
    Writer& endArray() { return close(']'); }

    Writer& key(std::string_view name) {
        separate();
        appendJsonString(text_, name);
        text_ += ':';
        first_ = true;
        return *this;
    }
    Writer& string(std::string_view value) {
        separate();
        appendJsonString(text_, value);
        return *this;
    }
    template <std::integral T>
    Writer& number(T value) {
        return raw(std::to_string(value));
    }
    Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
    Writer& null() { return raw("null"); }
    /// `json` is one JSON value; an empty text is `null`.
    Writer& raw(std::string_view json) {
        separate();
        text_ += json.empty() ? "null" : json;
        return *this;
    }

    /// `key` and a text; an empty text is `null`.
    Writer& field(std::string_view name, std::string_view value) {
        key(name);
        return value.empty() ? null() : string(value);
    }

    /// The text so far; whole when all that was opened is closed.
    const std::string& text() const { return text_; }
    std::string take() { return std::move(text_); }

private:
    Writer& open(char bracket) {
        separate();
        text_ += bracket;
        first_ = true;
        return *this;
    }
    Writer& close(char bracket) {
        text_ += bracket;
        first_ = false;
        return *this;
    }
    void separate() {
        if (!first_) text_ += ',';
        first_ = false;
    }

    std::string text_;
    bool first_ = true;
};

}  // namespace stepd::json
