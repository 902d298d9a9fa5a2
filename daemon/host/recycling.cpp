#include "host/recycling.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>

#include "base/file_descriptor.h"

namespace stepd::host {

std::optional<std::uint64_t> residentBytes(pid_t pid) {
    const FileDescriptor file(::open(("/proc/" + std::to_string(pid) + "/statm").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const auto n = file.valid() ? ::read(file.get(), text.data(), text.size()) : -1;
    if (n <= 0) return std::nullopt;
    const char* const end = text.data() + n;
    std::uint64_t total = 0, resident = 0;
    const auto first = std::from_chars(text.data(), end, total);
    if (first.ec != std::errc() || first.ptr == end) return std::nullopt;
    if (std::from_chars(first.ptr + 1, end, resident).ec != std::errc()) return std::nullopt;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace stepd::host
