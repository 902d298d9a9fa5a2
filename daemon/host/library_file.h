#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace stepd::host {

enum class OwnerCheck { Required, Skipped };

/// Which bytes a file holds, as cheaply as the kernel can tell: equal stamps mean an untouched file.
struct FileStamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modifiedNs = 0, changedNs = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// A plugin's library, opened and checked: what its workers load, whatever becomes of the path.
struct Library {
    FileDescriptor file;
    std::string path;
    std::string sha256;  ///< of what was read through `file`
    std::string build;   ///< what runs are pinned to (build_id.h)
    FileStamp stamp;
    OwnerCheck check = OwnerCheck::Required;
};
using LibraryPtr = std::shared_ptr<const Library>;  ///< of those that run it and those that remember it

/// Opens a plugin's library and checks what was opened (hardening R24): a regular file, no symlink, owned by root or by
/// us, neither writable for group or others, like its folder and all folders and links that lead to it (but for root's
/// sticky ones on the way); and its SHA-256 unless `sha256` is empty. The descriptor is what workers load, so a file
/// swapped afterwards is not. The failure is one sentence. Blocks on the disk.
Result<LibraryPtr, std::string> openLibrary(const std::string& path, const std::string& sha256, OwnerCheck check);

/// Why it must not be loaded again, if it must not: it was written in place, or others may write to it now. Reads the
/// file only if its stamp is another.
std::optional<std::string> problemOf(const Library& library);

/// In lower-case hex. Absent if it cannot be read.
std::optional<std::string> sha256Of(const FileDescriptor& file);

}  // namespace stepd::host
