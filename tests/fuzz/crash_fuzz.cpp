// What a dying worker leaves in shared memory, and what the symbolizer says of it: nothing must crash, and what comes
// out is bounded and printable.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "host/crash_note.h"
#include "host/symbolizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace stepd::host;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    auto trace = readCrashNote(bytes);
    if (!trace) return 0;
    if (trace->frames.size() > CrashNote::kFrames) std::abort();
    nameFrames(*trace, bytes.substr(sizeof(CrashNote)));
    for (const auto& frame : trace->frames) {
        const auto text = frame.text();
        if (text.empty() || text.size() > 4096 || !stepd::isUtf8(text)) std::abort();
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 0x20) std::abort();
    }
    return 0;
}
