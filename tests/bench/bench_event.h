#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stepd::bench {

/// The data of an event: a JSON object of 400 bytes with its serial number.
void writeEventData(std::string& out, std::uint64_t serial);
/// The same as a body for POST /e/KEY.
void writeEvent(std::string& out, std::string_view name, std::uint64_t serial);

/// `"serial":"000000000042"`: part of the data of that event, and of all that steps make of it.
std::string serialMember(std::uint64_t serial);
/// The serial number in a text that serialMember is part of; -1 if there is none.
std::int64_t serialIn(std::string_view json);

}  // namespace stepd::bench
