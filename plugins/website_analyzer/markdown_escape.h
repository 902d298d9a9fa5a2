#pragma once

#include <string>
#include <string_view>

namespace stepd::website {

/// Plain text as inline Markdown (CommonMark 0.30 section 2.4): a backslash before each character that would be markup
/// where it stands, no others. Control characters, soft hyphens and zero-width spaces are dropped.
std::string escapedInline(std::string_view text);

/// One line of a paragraph, already escaped inline, so that it does not begin a heading, list, quote or rule.
std::string escapedLineStart(std::string_view line);

/// A link destination: spaces, controls, brackets and parentheses percent-encoded.
std::string escapedDestination(std::string_view url);

/// `code` between backticks, one more than the longest run inside.
std::string codeSpan(std::string_view code);
/// A fence of backticks, at least three, longer than any run in `code`.
std::string fenceFor(std::string_view code);

}  // namespace stepd::website
