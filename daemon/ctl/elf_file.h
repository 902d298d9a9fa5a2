#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace stepd::ctl {

/// A shared library as its file describes it (System V ABI, "Object Files"; names by libelf), without loading it. It is
/// read through its sections, which the loader does not use: an author's mistakes are found, a forger's are not.
struct ElfFile {
    struct Import {
        std::string name;
        bool weak = false;
    };
    bool sharedObject = false;
    bool ours = false;                 ///< of this machine's architecture, width and byte order
    std::vector<std::string> exports;  ///< what it defines for others
    std::vector<Import> imports;
    std::vector<std::string> needed;  ///< libraries
    std::string rpath, runpath;
    std::string buildId;  ///< hex; empty: none
    bool textRelocations = false;
    bool executableStack = true;  ///< also where nothing is said
    bool relro = false;
    bool bindNow = false;
    bool symbols = false;  ///< it has names for all its functions, not only for what it exports
    bool debugInfo = false;

    void fields(auto& io) {
        for (bool* flag :
             {&sharedObject, &ours, &textRelocations, &executableStack, &relro, &bindNow, &symbols, &debugInfo})
            io.flag(*flag);
        for (std::string* text : {&rpath, &runpath, &buildId}) io.bytes(*text);
        for (auto* names : {&exports, &needed}) io.list(*names, [&](std::string& name) { io.bytes(name); });
        io.list(imports, [&](Import& import) {
            io.bytes(import.name);
            io.flag(import.weak);
        });
    }
};

/// Reads an opened file. Fails with one sentence.
Result<ElfFile, std::string> readElf(int fd);

/// The same in a child process with limits on time and memory: whatever the file does to the reader, it is one
/// sentence. The caller has no other threads.
Result<ElfFile, std::string> readElfApart(const std::string& path);

}  // namespace stepd::ctl
