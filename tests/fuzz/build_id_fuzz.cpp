// A plugin's file, as whoever wrote it left it: nothing must crash, and a build-id is short, even hex.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "host/build_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto id = stepd::host::elfBuildId([&](std::uint64_t offset, void* to, std::size_t bytes) {
        if (offset > size || bytes > size - offset) return false;
        if (bytes != 0) std::memcpy(to, data + offset, bytes);
        return true;
    });
    if (id.size() > 128 || id.size() % 2 != 0 || id.find_first_not_of("0123456789abcdef") != id.npos) std::abort();
    return 0;
}
