#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::http {

/// True if the two are equal but for the case of ASCII letters, as field names are compared (RFC 9110 section 5.1).
bool equalsIgnoringCase(std::string_view a, std::string_view b);

/// Header fields in the order in which they were added, duplicates included. All text lies in one buffer, so a request
/// with twenty fields costs two allocations.  Value semantics; views it gives away live until the next `add`.
class Headers {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    /// Appends a field. Throws Error{InvalidArgument} if the name is no token or the value holds a control character,
    /// so that data can never split a response (RFC 9112 section 11.1).
    void add(std::string_view name, std::string_view value);

    /// Makes room ahead of many `add`.
    void reserve(std::size_t bytes, std::size_t fields);

    /// The value of the first field of that name in any case; absent if there is none.
    std::optional<std::string_view> find(std::string_view name) const;
    /// How many fields bear that name.
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return spans_.size(); }
    bool empty() const { return spans_.empty(); }
    Field at(std::size_t i) const { return {textOf(spans_[i].name), textOf(spans_[i].value)}; }

private:
    struct Piece {
        std::uint32_t at;
        std::uint32_t length;
    };
    struct Span {
        Piece name;
        Piece value;
    };
    std::string_view textOf(Piece piece) const { return std::string_view(text_).substr(piece.at, piece.length); }
    Piece append(std::string_view text);

    std::string text_;
    std::vector<Span> spans_;
};

}  // namespace stepd::http
