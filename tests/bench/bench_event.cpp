#include "bench_event.h"

#include <charconv>
#include <cstdio>

namespace stepd::bench {
namespace {

constexpr std::string_view kMember = "\"serial\":\"";
constexpr std::size_t kDataBytes = 400;
constexpr std::size_t kDigits = 12;

}  // namespace

std::string serialMember(std::uint64_t serial) {
    char text[64];
    std::snprintf(text, sizeof text, "\"serial\":\"%0*llu\"", static_cast<int>(kDigits),
                  static_cast<unsigned long long>(serial));
    return text;
}

std::int64_t serialIn(std::string_view json) {
    const std::size_t at = json.find(kMember);
    if (at == std::string_view::npos || json.size() < at + kMember.size() + kDigits) return -1;
    const char* const digits = json.data() + at + kMember.size();
    std::int64_t serial = -1;
    return std::from_chars(digits, digits + kDigits, serial).ec == std::errc() ? serial : -1;
}

void writeEventData(std::string& out, std::uint64_t serial) {
    const std::size_t begin = out.size();
    out.append("{").append(serialMember(serial)).append(",\"text\":\"");
    out.append(kDataBytes - (out.size() - begin) - 2, 'x').append("\"}");
}

void writeEvent(std::string& out, std::string_view name, std::uint64_t serial) {
    out.append("{\"name\":\"").append(name).append("\",\"data\":");
    writeEventData(out, serial);
    out.append("}");
}

}  // namespace stepd::bench
