#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd {

enum class Severity { Error, Warning };

/// One finding about something a person wrote. All findings are collected and reported together.
struct Diagnostic {
    Severity severity = Severity::Error;
    std::string file;     ///< as the person named it
    int line = 0;         ///< from 1; 0: the file as a whole
    int column = 0;       ///< from 1, in characters
    std::string path;     ///< where in the document: `steps[2].retry.attempts`; may be empty
    std::string message;  ///< one sentence: what is wrong
    std::string hint;     ///< one sentence: what to do; may be empty

    /// `file:line:col: error: message` and, indented on a second line, `hint: ...`.
    std::string text() const;
};

using Diagnostics = std::vector<Diagnostic>;

bool hasErrors(const Diagnostics& diagnostics);

/// The candidate nearest to `word` by edit distance, if near enough to be what was meant; else empty.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace stepd
