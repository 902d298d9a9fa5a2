#pragma once

#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace stepd::host {

enum class OwnerCheck { Required, Skipped };

/// Why a library is not loaded.
struct LibraryProblem {
    enum class Kind {
        Unreachable,  ///< it is not there or cannot be read: maybe it can be later
        Refused,      ///< what is there must not be loaded
    };
    Kind kind = Kind::Refused;
    std::string sentence;
};

/// Opens a plugin's library and checks what was opened (hardening R24): a regular file, no symlink, owned by root or by
/// us, like its folder, neither writable for group or others; and its SHA-256 unless `sha256` is empty. The descriptor
/// is what the worker loads, so a file swapped afterwards is not.
Result<FileDescriptor, LibraryProblem> openLibrary(const std::string& path, const std::string& sha256,
                                                   OwnerCheck check);

/// In lower-case hex. Absent if it cannot be read.
std::optional<std::string> sha256Of(const FileDescriptor& file);

}  // namespace stepd::host
