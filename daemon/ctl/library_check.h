#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "ctl/elf_file.h"

namespace stepd::ctl {

/// Who may call the plugin's code.
enum class Callers { OneThread, ManyThreads };

/// What is wrong with a plugin's file: what it exports, imports and needs, and how it was linked. `file` is for the
/// findings. The libraries that it needs are read too (readElfApart), where the loader would look by default; what is
/// not found there is left to the loader.
Diagnostics checkLibrary(const std::string& file, const ElfFile& elf);

/// Functions that it calls and should not.
Diagnostics checkImports(const std::string& file, const ElfFile& elf, Callers callers);

/// The file on the disk: what the daemon will refuse (hardening R24).
Diagnostics checkOwner(const std::string& file);

}  // namespace stepd::ctl
