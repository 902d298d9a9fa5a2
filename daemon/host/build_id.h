#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/file_descriptor.h"

namespace stepd::host {

/// Reads so many bytes of a file from an offset. False if they are not all there.
using ReadAt = std::function<bool(std::uint64_t offset, void* to, std::size_t bytes)>;

/// The note NT_GNU_BUILD_ID of a 64-bit ELF file, in lower-case hex; empty if there is none. Reads the header, at most
/// 128 program headers and 64 KiB of notes, believes nothing and maps nothing (ELF-64 Object File Format; System V ABI,
/// "Note Section"): a hostile file costs as much as any other.
std::string elfBuildId(const ReadAt& file);

/// What names this build of a plugin: its ELF build-id or, if it has none, the first 40 digits of the file's SHA-256.
/// Empty if the file cannot be read.
std::string buildIdOf(const FileDescriptor& library);

}  // namespace stepd::host
