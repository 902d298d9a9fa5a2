#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace stepd::host {

// How much a plugin may say about itself, in bytes. The worker holds the plugin's tables to it, and the host the
// worker.
inline constexpr std::size_t kMaxWord = 128;  ///< names and versions
inline constexpr std::size_t kMaxSentence = 2048;
inline constexpr std::size_t kMaxSchema = 256U << 10;
inline constexpr std::size_t kMaxCapabilities = 64U << 10;
inline constexpr std::size_t kMaxSteps = 64;

/// True for what may stand as a name in YAML, URLs and logs: letters, digits, '.', '_' and '-'.
inline bool isWord(std::string_view text) {
    constexpr auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= kMaxWord && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace stepd::host
