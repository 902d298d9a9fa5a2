#include "host/program_file.h"

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <sstream>

namespace stepd::host {
namespace {

namespace fs = std::filesystem;

bool isFile(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::string searched(const std::string& name, const HostOptions& options) {
    constexpr std::string_view kPath = "PATH=";
    for (const auto& entry : options.environment) {
        if (!entry.starts_with(kPath)) continue;
        std::istringstream folders(entry.substr(kPath.size()));
        for (std::string folder; std::getline(folders, folder, ':');)
            if (const auto path = fs::path(folder) / name; ::access(path.c_str(), X_OK) == 0 && isFile(path))
                return path.string();
    }
    return name;
}

/// A program from elsewhere, mostly an interpreter: what stands behind its links is what counts.
Result<LibraryPtr, std::string> openProgram(const std::string& path, OwnerCheck check) {
    std::error_code error;
    const auto target = fs::canonical(path, error);
    if (error)
        return Result<LibraryPtr, std::string>::failure("cannot find the program " + path + ": " + error.message());
    return openLibrary(target.string(), "", check);
}

}  // namespace

Program programOf(const PluginSpec& spec, const HostOptions& options) {
    Program program;
    std::string script;
    for (const auto& word : spec.exec) {
        const bool first = program.words.empty();
        const fs::path here = fs::absolute(fs::path(spec.folder) / word);  // an absolute word stays what it is
        const bool file = isFile(here);
        const bool asPath = file || (first && word.find('/') != std::string::npos);
        program.words.push_back(asPath ? here.string() : first ? searched(word, options) : word);
        if (first && file && !fs::path(word).is_absolute()) program.file = here.string();
        if (!first && file && script.empty()) script = here.string();
    }
    if (program.file.empty()) program.file = script.empty() ? program.words.front() : script;
    return program;
}

std::string codePath(const PluginSpec& spec, const HostOptions& options) {
    return spec.exec.empty() ? spec.library : programOf(spec, options).file;
}

Result<LibraryPtr, std::string> openCode(const PluginSpec& spec, const HostOptions& options) {
    const auto check = options.checkLibraryOwner ? OwnerCheck::Required : OwnerCheck::Skipped;
    if (spec.exec.empty()) return openLibrary(spec.library, spec.sha256, check);
    const Program program = programOf(spec, options);
    for (const auto& word : program.words) {
        const bool first = &word == &program.words.front();
        if (word == program.file || (!first && !(word.starts_with('/') && isFile(word)))) continue;
        if (auto opened = first ? openProgram(word, check) : openLibrary(word, "", check); !opened) return opened;
    }
    return openLibrary(program.file, spec.sha256, check);
}

}  // namespace stepd::host
