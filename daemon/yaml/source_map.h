#pragma once

#include <yaml-cpp/mark.h>

#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace stepd::yaml {

/// Turns places of yaml-cpp (from 0, in bytes) into ours, and looks at the source around them. Places of one line are
/// asked for from left to right, mostly: a long line is counted once. Internal to this module.
class SourceMap {
public:
    explicit SourceMap(std::string_view text);
    Mark mark(const YAML::Mark& place);
    /// Byte offset; the end of the text if the place lies behind it.
    std::size_t offset(const YAML::Mark& place) const;
    /// The line of that number, from 0, without its break.
    std::string_view line(std::size_t number) const;
    /// How many blanks, `-` and `?` its line begins with.
    std::size_t indent(std::size_t number);
    std::string_view text() const { return text_; }

private:
    /// What was counted last.
    struct Counted {
        std::size_t row = 0;
        std::size_t bytes = 0;
        int characters = 0;
    };
    struct Indent {
        std::size_t row = 0;
        std::size_t length = 0;
        bool known = false;
    };

    std::string_view text_;
    std::vector<std::size_t> starts_;
    Counted counted_;
    Indent indent_;
};

}  // namespace stepd::yaml
