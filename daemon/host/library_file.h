#pragma once

#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace stepd::host {

enum class OwnerCheck { Required, Skipped };

/// Opens a plugin's library and checks what was opened (hardening R24): a regular file, no symlink, owned by root or by
/// us, like its folder, neither writable for group or others; and its SHA-256 unless `sha256` is empty. The descriptor
/// is what the worker loads, so a file swapped afterwards is not. The failure is one sentence.
Result<FileDescriptor, std::string> openLibrary(const std::string& path, const std::string& sha256, OwnerCheck check);

}  // namespace stepd::host
