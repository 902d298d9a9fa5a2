#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/plugin_templates.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "my_plugin", kClass = "MyPlugin";
constexpr std::size_t kLongestName = 64;

/// What comes nearest to `name` and fits; empty if nothing does.
std::string nearest(const std::string& name) {
    std::string out;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z')
            out += std::string(out.empty() || out.back() == '_' ? "" : "_") + static_cast<char>(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && !out.empty()))
            out += c;
        else if (!out.empty() && out.back() != '_')
            out += '_';
    }
    while (out.ends_with('_')) out.pop_back();
    return out.substr(0, kLongestName);
}

/// The name becomes a C++ class, a CMake target, a file and the word that pipelines say.
void checkName(const std::string& name) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (!name.empty() && name.size() <= kLongestName && name[0] >= 'a' && name[0] <= 'z' &&
        std::all_of(name.begin(), name.end(), allowed) && name.find("__") == std::string::npos && !name.ends_with('_'))
        return;
    const std::string better = nearest(name);
    throw Refused("'" + name +
                  "' cannot name a C++ class, a CMake target and a step at once: use lower-case letters, "
                  "digits and single '_', beginning with a letter, at most 64" +
                  (better.empty() ? "" : ", such as " + better));
}

std::string pascalCase(const std::string& name) {
    std::string out;
    bool up = true;
    for (const char c : name) {
        if (c != '_') out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        up = c == '_';
    }
    return out;
}

std::string replaced(std::string_view text, std::string_view what, const std::string& with) {
    std::string out;
    for (std::size_t at = 0;;) {
        const auto found = text.find(what, at);
        out += text.substr(at, found - at);
        if (found == std::string_view::npos) return out;
        out += with;
        at = found + what.size();
    }
}

/// In the words of a shell.
std::string quoted(const std::string& word) {
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:@%") ==
        std::string::npos)
        return word;
    return "'" + replaced(word, "'", "'\\''") + "'";
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush()) throw Refused("cannot write " + file.string() + ": " + std::strerror(errno));
}

fs::path programFolder() {
    return fs::read_symlink("/proc/self/exe").parent_path();
}

/// How CMake finds the SDK that belongs to this program: in the build tree it was made in, or where it is installed.
std::string whereIsTheSdk() {
    const fs::path root = programFolder().parent_path();
    if (fs::exists(root / "sdk/stepd-sdk-config.cmake")) return " -Dstepd-sdk_DIR=" + quoted((root / "sdk").string());
    if (root == "/usr" || root == "/usr/local") return {};
    return " -DCMAKE_PREFIX_PATH=" + quoted(root.string());
}

/// As the shell finds it: by its name if that is this program, else by its path.
std::string program(const std::string& name) {
    std::istringstream path(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        std::error_code missing;
        if (!fs::exists(fs::path(folder) / name, missing)) continue;
        if (fs::equivalent(fs::path(folder) / name, programFolder() / name, missing)) return name;
        break;
    }
    return quoted((programFolder() / name).string());
}

void printNextSteps(const NewPluginOptions& options, const fs::path& folder) {
    const std::string library =
        options.language == "python" ? "./" + options.name + ".py" : "build/" + options.name + ".so";
    std::cout << "cd " << quoted(folder.string()) << '\n';
    if (options.language == "python")
        std::cout << "python3 " << options.name << "_test.py\n";
    else
        std::cout << "cmake -B build" << whereIsTheSdk() << " && cmake --build build && ctest --test-dir build\n";
    std::cout << program("stepctl") << " plugins run " << library << " --input @input.json --http-script http.json\n";
}

}  // namespace

int newPlugin(const Common& common, const NewPluginOptions& options) {
    checkName(options.name);
    const fs::path folder = options.directory.empty() ? fs::path(options.name) : fs::path(options.directory);
    if (std::error_code missing; fs::exists(folder, missing) && !fs::is_empty(folder, missing))
        throw Refused(folder.string() +
                      " is there already and not empty: nothing was written; name another place with --dir");
    const auto named = [&](std::string_view text) {
        return replaced(replaced(text, kName, options.name), kClass, pascalCase(options.name));
    };
    for (const TemplateFile& file : templateFiles()) {
        const auto slash = file.path.find('/');
        if (file.path.substr(0, slash) != options.language) continue;
        const std::string path = named(file.path.substr(slash + 1));
        const fs::path target = folder / (path.starts_with("dot-") ? "." + path.substr(4) : path);
        write(target, named(file.text));
        if (file.text.starts_with("#!")) fs::permissions(target, fs::perms(0755));
    }
    if (!common.quiet) std::cerr << "Made the plugin " << options.name << ". Build, test and run it:\n";
    printNextSteps(options, folder);
    return 0;
}

}  // namespace stepd::ctl
