#include "ctl/library_check.h"

#include <stepd/abi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/text.h"
#include "ctl/import_rules.h"
#include "host/library_file.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

class Findings {
public:
    explicit Findings(std::string file) : file_(std::move(file)) {}
    void error(std::string message, std::string hint) { add(Severity::Error, std::move(message), std::move(hint)); }
    void warn(std::string message, std::string hint) { add(Severity::Warning, std::move(message), std::move(hint)); }
    void add(Severity severity, std::string message, std::string hint) {
        list_.push_back(
            {.severity = severity, .file = file_, .path = {}, .message = std::move(message), .hint = std::move(hint)});
    }
    Diagnostics take() { return std::move(list_); }

private:
    std::string file_;
    Diagnostics list_;
};

/// `a, b, c and 4 more`
std::string some(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 4;
    std::string out;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
        out += (i == 0 ? "" : ", ") + quotedForLog(names[i]);
    if (names.size() > kShown) out += " and " + std::to_string(names.size() - kShown) + " more";
    return out;
}

void checkExports(Findings& findings, const ElfFile& elf) {
    std::vector<std::string> others;
    for (const std::string& name : elf.exports)
        if (name != STEPD_PLUGIN_SYMBOL) others.push_back(name);
    if (others.size() == elf.exports.size())
        findings.error(
            "exports no " STEPD_PLUGIN_SYMBOL ": it is no plugin",
            "write STEPD_EXPORT_STEP(YourStep) in one source file; in C, define the function and do not hide it");
    if (!others.empty())
        findings.error(
            "exports " + std::to_string(others.size()) + " names beside the one function of the ABI: " + some(others),
            "build with stepd_add_plugin, or link with the flags of `pkg-config --libs stepd-sdk`: names that are "
            "exported can be mixed up with those of other libraries");
}

void checkSearchPaths(Findings& findings, const ElfFile& elf) {
    for (const auto& [name, path] : {std::pair("RPATH", elf.rpath), std::pair("RUNPATH", elf.runpath)}) {
        if (path.empty()) continue;
        findings.warn(
            "has an " + std::string(name) + " (" + quotedForLog(path) + "): its libraries are taken from there",
            "in CMake set CMAKE_SKIP_RPATH, else link without -rpath; or see that only root can write there");
    }
}

void checkLinking(Findings& findings, const ElfFile& elf) {
    const std::string flags = "build with stepd_add_plugin, or link with ";
    if (elf.textRelocations)
        findings.error("has text relocations: its code is made writable when it is loaded, which the sandbox refuses",
                       "compile everything with -fPIC");
    if (elf.executableStack)
        findings.error("asks for an executable stack",
                       flags + "-Wl,-z,noexecstack; assembler files need a .note.GNU-stack section");
    if (!elf.relro) findings.warn("is linked without RELRO", flags + "-Wl,-z,relro");
    if (!elf.bindNow)
        findings.warn("is linked for lazy binding, so its tables of functions stay writable", flags + "-Wl,-z,now");
    if (elf.buildId.empty())
        findings.warn("has no build-id, by which runs and crash reports know which build it was",
                      flags + "-Wl,--build-id");
    if (!elf.symbols)
        findings.warn("is stripped: reports of its crashes name no function",
                      "do not strip it, or keep the debug file beside it");
}

/// Where the loader looks when nobody says anything else.
std::string pathOf(const std::string& library, const ElfFile& elf, const fs::path& origin) {
    std::vector<std::string> folders;
    for (const std::string& path : {elf.rpath, elf.runpath})
        for (std::size_t at = 0; at < path.size();) {
            const auto end = std::min(path.find(':', at), path.size());
            std::string folder = path.substr(at, end - at);
            if (folder.starts_with("$ORIGIN")) folder.replace(0, 7, origin.string());
            folders.push_back(folder);
            at = end + 1;
        }
    for (const char* folder :
         {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
          "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"})
        folders.emplace_back(folder);
    for (const std::string& folder : folders) {
        std::error_code missing;
        if (const fs::path path = fs::path(folder) / library; fs::is_regular_file(path, missing)) return path.string();
    }
    return {};
}

/// Names that the libraries define, and those that these need; false if one was not found.
bool collect(const ElfFile& elf, const fs::path& origin, std::set<std::string>& seen, std::set<std::string>& defined) {
    constexpr std::size_t kMostLibraries = 200;
    bool all = true;
    for (const std::string& library : elf.needed) {
        if (!seen.insert(library).second) continue;
        const std::string path = pathOf(library, elf, origin);
        const auto read = path.empty() || seen.size() > kMostLibraries ? Result<ElfFile, std::string>::failure({})
                                                                       : readElfApart(path);
        if (!read) {
            all = false;
            continue;
        }
        defined.insert(read->exports.begin(), read->exports.end());
        all = collect(*read, fs::path(path).parent_path(), seen, defined) && all;
    }
    return all;
}

void checkUndefined(Findings& findings, const std::string& file, const ElfFile& elf) {
    std::set<std::string> seen, defined;
    if (!collect(elf, fs::absolute(file).parent_path(), seen, defined)) return;
    std::vector<std::string> missing;
    for (const auto& import : elf.imports)
        if (!import.weak && !defined.contains(import.name)) missing.push_back(import.name);
    if (!missing.empty())
        findings.error("needs " + some(missing) + ", which no library that it names defines",
                       "link with -Wl,--no-undefined: the linker then says which source file it is; name the library "
                       "behind LINKS");
}

}  // namespace

Diagnostics checkLibrary(const std::string& file, const ElfFile& elf) {
    Findings findings(file);
    if (!elf.sharedObject || !elf.ours) {
        findings.error(
            elf.ours ? "is no shared library" : "is built for another kind of machine",
            elf.ours ? "link with -shared, or use stepd_add_plugin" : "build it on the machine that shall run it");
        return findings.take();
    }
    checkExports(findings, elf);
    checkLinking(findings, elf);
    checkSearchPaths(findings, elf);
    checkUndefined(findings, file, elf);
    return findings.take();
}

Diagnostics checkImports(const std::string& file, const ElfFile& elf, Callers callers) {
    Findings findings(file);
    for (const auto& import : elf.imports) {
        const ImportRule* rule = ruleFor(import.name);
        if (rule == nullptr || import.weak || (rule->threadsOnly && callers == Callers::OneThread)) continue;
        findings.add(rule->severity, "calls " + import.name + ", which " + std::string(rule->does),
                     std::string(rule->instead));
    }
    return findings.take();
}

Diagnostics checkOwner(const std::string& file) {
    Findings findings(file);
    const auto opened = host::openLibrary(fs::absolute(file).string(), {}, host::OwnerCheck::Required);
    if (!opened)
        findings.warn("as it lies there, the daemon will refuse it: " + opened.error(),
                      "install it to a folder of root's that nobody else may write to, with mode 0644");
    return findings.take();
}

}  // namespace stepd::ctl
