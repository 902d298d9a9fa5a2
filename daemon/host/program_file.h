#pragma once

#include <string>
#include <vector>

#include "host/library_file.h"
#include "host/plugin_spec.h"

namespace stepd::host {

/// What an exec plugin runs: the words of `exec` with paths in place of names.
struct Program {
    /// The program, then its arguments. A word that names a file of the plugin directory is its path; a program without
    /// a slash that is none is looked for in the workers' PATH.
    std::vector<std::string> words;
    /// Which file is the plugin: the program if it lies in the plugin directory, else the first argument that names a
    /// file, else the program.
    std::string file;
};
/// Looks at the file system; what is not there stays as it is written. `spec.exec` is not empty.
Program programOf(const PluginSpec& spec, const HostOptions& options);

/// The path of what a worker loads: the library, or the file of its program.
std::string codePath(const PluginSpec& spec, const HostOptions& options);

/// Opens it and checks it as `openLibrary` says; of a program likewise each file that its words name, but for its
/// digest. An interpreter may be a symbolic link and lie anywhere, owned by root or by us like its target's folder.
Result<LibraryPtr, std::string> openCode(const PluginSpec& spec, const HostOptions& options);

}  // namespace stepd::host
