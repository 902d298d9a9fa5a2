#pragma once

#include <sys/types.h>

#include <charconv>
#include <optional>
#include <string>

#include <stepd/json.h>

namespace stepd::result_saver {

/// Permissions written as their octal digits, `0640`, in quotes or not: YAML 1.2 reads a bare 0640 as the number 640.
/// So `0o640`, which it reads as 416, is refused: absent unless the owner has what is `needed` and others cannot write.
inline std::optional<mode_t> modeOf(const Json& value, mode_t needed) {
    std::string digits = "-";
    if (value.is_string()) digits = value.get<std::string>();
    if (value.is_number_unsigned()) digits = std::to_string(value.get<std::uint64_t>());
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
    const bool read = error == std::errc{} && end == digits.data() + digits.size();
    if (!read || mode > 0777 || (mode & needed) != needed || (mode & 0002U) != 0) return std::nullopt;
    return mode;
}

}  // namespace stepd::result_saver
