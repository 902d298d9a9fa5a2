#pragma once

#include <sys/types.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "kit/option_reader.h"

namespace stepd::result_saver {

/// Permissions written as their octal digits, `0640`, in quotes or not: YAML 1.2 reads a bare 0640 as the number 640.
/// So `0o640`, which it reads as 416, is refused: the owner must be able to use the file, others must not write it.
inline mode_t readMode(kit::OptionReader& reader, std::string_view key, mode_t initial, mode_t needed) {
    const Json* value = reader.find(key);
    if (value == nullptr) return initial;
    std::string digits = "-";
    if (value->is_string()) digits = value->get<std::string>();
    if (value->is_number_unsigned()) digits = std::to_string(value->get<std::uint64_t>());
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
    const bool read = error == std::errc{} && end == digits.data() + digits.size();
    if (read && mode <= 0777 && (mode & needed) == needed && (mode & 0002U) == 0) return mode;
    reader.complain(key, "must be octal digits such as \"0750\": usable by the owner, not writable by others");
    return initial;
}

}  // namespace stepd::result_saver
