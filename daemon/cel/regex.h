#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace stepd::cel {

/// A compiled RE2 pattern: time linear in the text, memory bounded. Immutable; thread-safe.
class Regex {
public:
    /// The reason is RE2's sentence.
    static Result<std::shared_ptr<const Regex>, std::string> compile(std::string_view pattern);
    explicit Regex(std::unique_ptr<re2::RE2> compiled);
    ~Regex();

    /// The most that `matches` may do for this text, in instructions of the compiled program.
    std::size_t work(std::string_view text) const;
    /// Whether some part of the text matches.
    bool matches(std::string_view text) const;

private:
    std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace stepd::cel
