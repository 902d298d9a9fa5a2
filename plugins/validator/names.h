#pragma once

#include <string>

#include "validator/report.h"

namespace stepd::validator {

/// The name at `field` of `data`: without invisible characters, NFC, trimmed, runs of spaces made one. Errors:
/// `required`, `invalid_type`, `empty`, `too_long` (code points), `invalid_characters`; then the result is empty.
std::string readName(const Json& data, const std::string& field, std::size_t mostCodePoints, Report& report);

}  // namespace stepd::validator
