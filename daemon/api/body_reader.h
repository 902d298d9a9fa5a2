#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::api {

/// The fields of a request's body: a JSON object with known keys, or nothing at all. The first mistake is kept: ask for
/// all fields, then look at `problem`. Borrows the body. One thread at a time.
class BodyReader {
public:
    BodyReader(std::string_view body, std::initializer_list<std::string_view> known);

    // Absent where the key is missing or null, and where the value is of another type, which is a problem.

    std::optional<std::string> text(std::string_view key);
    std::optional<bool> flag(std::string_view key);
    std::optional<std::int64_t> number(std::string_view key);
    /// Any value, as its bytes.
    std::optional<std::string> raw(std::string_view key) const;

    /// A sentence for the client; empty: none.
    const std::string& problem() const { return problem_; }

private:
    std::string_view find(std::string_view key) const;
    void refuse(std::string sentence);

    std::vector<std::pair<std::string, std::string_view>> fields_;
    std::string problem_;
};

}  // namespace stepd::api
