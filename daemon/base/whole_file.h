#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stepd {

/// A small file of our own. Absent if it cannot be read or is larger than `most` bytes.
std::optional<std::string> readWholeFile(const std::string& path, std::size_t most);

enum class FileSync {
    None,  ///< after a loss of power it may be the file before, or empty
    Disk,  ///< it is on disk, under its name, on return
};

/// Puts a file with these bytes and this mode in the place of `path` at once: whoever reads sees the one before or this
/// one. Throws Error{System}.
void replaceFile(const std::string& path, std::string_view bytes, unsigned mode, FileSync sync);

}  // namespace stepd
