#include "host/crash_note.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <type_traits>

#include "base/text.h"

namespace stepd::host {
namespace {

std::string hexText(std::uint64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

std::string nameOf(const CrashNote::Module& module) {
    return quotedForLog({module.name, ::strnlen(module.name, sizeof module.name)});
}

}  // namespace

std::string CrashFrame::text() const {
    std::string text = function;
    if (text.empty()) text = module.empty() ? hexText(offset) : module + "+" + hexText(offset);
    return source.empty() ? text : text + " (" + source + ")";
}

const CrashFrame* CrashTrace::blamed() const {
    const auto at = std::find_if(frames.begin(), frames.end(), [](const CrashFrame& frame) { return frame.plugin; });
    return at == frames.end() ? nullptr : &*at;
}

std::optional<CrashTrace> readCrashNote(std::string_view bytes) {
    if (bytes.size() < sizeof(CrashNote)) return std::nullopt;
    // A copy with the right alignment; nobody else writes to it.
    const auto note = std::make_unique<CrashNote>();
    static_assert(std::is_standard_layout_v<CrashNote> && std::atomic<std::uint32_t>::is_always_lock_free);
    std::memcpy(static_cast<void*>(note.get()), bytes.data(), sizeof(CrashNote));
    if (note->state.load() == CrashNote::Nothing) return std::nullopt;
    CrashTrace trace{.signal = note->signal,
                     .code = note->code,
                     .stackOverflow = (note->flags & CrashNote::StackOverflow) != 0,
                     .memoryExhausted = (note->flags & CrashNote::MemoryExhausted) != 0,
                     .address = note->address,
                     .token = note->token,
                     .dataBytes = note->dataBytes,
                     .residentBytes = note->residentBytes,
                     .frames = {}};
    const std::size_t modules = std::min<std::size_t>(note->moduleCount, CrashNote::kModules);
    for (std::size_t i = 0; i < std::min<std::size_t>(note->frameCount, CrashNote::kFrames); ++i) {
        const auto& frame = note->frames[i];
        CrashFrame& out = trace.frames.emplace_back();
        out.offset = frame.offset;
        if (frame.module >= modules) continue;
        out.module = nameOf(note->modules[frame.module]);
        out.plugin = note->modules[frame.module].plugin == 1;
    }
    return trace;
}

}  // namespace stepd::host
