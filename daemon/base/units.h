#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stepd {

/// `250ms 5s 10m 2h 7d`, parts joined as in `1h30m`, or ISO 8601 as `PT5M`, `P1DT12H`. Never negative; a bare number
/// has no unit and is refused. Absent if the text is anything else or does not fit.
std::optional<Duration> parseDuration(std::string_view text);

/// The shortest exact text that parseDuration reads back: `1m30s`, `250ms`.
std::string toText(Duration duration);

/// `64KiB 10MB 1GiB 512B`: SI units are powers of 1000, IEC units of 1024. A bare number is refused.
std::optional<std::uint64_t> parseByteSize(std::string_view text);

/// For people: `1GiB`, `1.5GiB`, `712KiB`, `0B`; cut to one decimal.
std::string byteText(std::uint64_t bytes);

}  // namespace stepd
