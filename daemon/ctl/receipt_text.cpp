#include "ctl/receipt_text.h"

#include <array>
#include <cstdio>

namespace stepd::ctl {
namespace {

/// Two digits are enough for people: `3.1`, `12`, `340`.
std::string shortNumber(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value < 9.95 ? "%.1f" : "%.0f", value);
    return text.data();
}

std::string sizeText(double bytes) {
    if (bytes < 1024) return std::to_string(static_cast<int>(bytes)) + " B";
    const char* unit = "";
    for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
        if (bytes < 1023.5 && *unit != '\0') break;
        bytes /= 1024;
        unit = next;
    }
    return shortNumber(bytes) + " " + unit;
}

std::string cpuText(double millis) {
    return millis < 1000 ? shortNumber(millis) + " ms" : shortNumber(millis / 1000) + " s";
}

double numberOf(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::string receiptText(const Json& receipt) {
    if (!receipt.is_object()) return {};
    const double calls = numberOf(receipt, "host_calls");
    const double rss = numberOf(receipt, "peak_rss_bytes");
    std::string text = "cpu " + cpuText(numberOf(receipt, "cpu_ms")) + " · " + sizeText(numberOf(receipt, "bytes_in")) +
                       " in · " + sizeText(numberOf(receipt, "bytes_out")) + " out";
    if (calls == 1) text += " · 1 host call";
    if (calls > 1) text += " · " + std::to_string(static_cast<long long>(calls)) + " host calls";
    if (rss > 0) text += " · rss " + sizeText(rss);
    return text;
}

}  // namespace stepd::ctl
