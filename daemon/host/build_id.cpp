#include "host/build_id.h"

#include <elf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "host/library_file.h"

namespace stepd::host {
namespace {

constexpr std::size_t kMaxSegments = 128;
constexpr std::uint64_t kMaxNoteBytes = 64U << 10;
constexpr std::size_t kMaxIdBytes = 64;  // ld makes 16 or 20 by itself, and what it is told
constexpr std::size_t kFallbackDigits = 40;

std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4U];
        text += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

/// Takes `bytes` and what pads them to `align` off the front. False if they are not there.
bool take(std::string_view& from, std::uint64_t bytes, std::uint64_t align, std::string_view& taken) {
    const std::uint64_t padded = (bytes + align - 1) / align * align;
    if (bytes > from.size()) return false;
    taken = from.substr(0, bytes);
    from.remove_prefix(padded < from.size() ? padded : from.size());
    return true;
}

std::string idAmong(std::string_view notes, std::uint64_t align) {
    using namespace std::string_view_literals;
    while (notes.size() >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr header;
        std::memcpy(&header, notes.data(), sizeof header);
        notes.remove_prefix(sizeof header);
        std::string_view name, content;
        if (!take(notes, header.n_namesz, align, name) || !take(notes, header.n_descsz, align, content)) return {};
        if (header.n_type == NT_GNU_BUILD_ID && name == "GNU\0"sv && !content.empty() && content.size() <= kMaxIdBytes)
            return hex(content);
    }
    return {};
}

}  // namespace

std::string elfBuildId(const ReadAt& file) {
    Elf64_Ehdr header;
    if (!file(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > kMaxSegments)
        return {};
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const std::uint64_t at = header.e_phoff + i * sizeof segment;
        if (at < header.e_phoff || !file(at, &segment, sizeof segment)) return {};
        if (segment.p_type != PT_NOTE || segment.p_filesz > kMaxNoteBytes) continue;
        std::string notes(segment.p_filesz, '\0');
        if (!file(segment.p_offset, notes.data(), notes.size())) continue;
        if (auto id = idAmong(notes, segment.p_align == 8 ? 8 : 4); !id.empty()) return id;
    }
    return {};
}

std::string buildIdOf(const FileDescriptor& library) {
    std::string id = elfBuildId([&](std::uint64_t offset, void* to, std::size_t bytes) {
        if (offset > INT64_MAX - bytes) return false;
        ssize_t n = 0;
        do n = ::pread(library.get(), to, bytes, static_cast<off_t>(offset));
        while (n < 0 && errno == EINTR);
        return n == static_cast<ssize_t>(bytes);
    });
    if (id.empty()) id = sha256Of(library).value_or("").substr(0, kFallbackDigits);
    return id;
}

}  // namespace stepd::host
