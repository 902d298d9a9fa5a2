#include "host/runtime/plugin_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string_view>

#include "base/mutex.h"
#include "base/text.h"
#include "host/description_limits.h"

namespace stepd::host {
namespace {

/// A sentence about what is wrong; caught by loadPlugin.
struct Refused {
    std::string sentence;
};

std::string textOf(stepd_str text, std::size_t most, const std::string& what) {
    if (text.len == 0) return {};
    if (text.ptr == nullptr) throw Refused{what + " has a length but no bytes"};
    if (text.len > most) throw Refused{what + " is longer than " + std::to_string(most) + " bytes"};
    std::string copy(text.ptr, text.len);
    if (!isUtf8(copy)) throw Refused{what + " is not UTF-8"};
    return copy;
}

/// What people are shown on a line.
std::string lineOf(stepd_str text, std::size_t most, const std::string& what) {
    std::string line = textOf(text, most, what);
    if (!isPlainText(line))
        throw Refused{what + " '" + quotedForLog(line) +
                      "' has control characters; write it as plain text on one line"};
    return line;
}

std::string wordOf(stepd_str text, const std::string& what) {
    std::string word = textOf(text, kMaxWord, what);
    if (word.empty()) throw Refused{what + " is empty"};
    if (!isWord(word))
        throw Refused{what + " '" + quotedForLog(word) +
                      "' has characters other than letters, digits, '.', '_' and '-'"};
    return word;
}

/// Copies as much of a versioned struct as its writer knew; the rest is zero.
template <typename T>
T sized(const T* from, std::size_t least, const std::string& what) {
    if (from == nullptr) throw Refused{what + " is a null pointer"};
    std::uint32_t size = 0;
    std::memcpy(&size, from, sizeof size);
    if (size < least)
        throw Refused{what + " states a size of " + std::to_string(size) + " bytes; at least " + std::to_string(least) +
                      " are needed"};
    T copy{};
    std::memcpy(&copy, from, std::min<std::size_t>(size, sizeof copy));
    return copy;
}

StepDescription describe(const stepd_step_v1& step, std::size_t index) {
    const std::string what = "step type " + std::to_string(index);
    StepDescription out;
    out.type = wordOf(step.type, "the name of " + what);
    out.summary = lineOf(step.summary, kMaxSentence, "the summary of " + what);
    out.threading = step.threading;
    out.configSchema = textOf(step.config_schema, kMaxSchema, "the configuration schema of " + what);
    out.inputSchema = textOf(step.input_schema, kMaxSchema, "the input schema of " + what);
    out.outputSchema = textOf(step.output_schema, kMaxSchema, "the output schema of " + what);
    out.capabilities = textOf(step.capabilities, kMaxCapabilities, "what is asked for by " + what);
    if (step.threading < STEPD_SERIAL || step.threading > STEPD_REENTRANT)
        throw Refused{what + " has an unknown thread mode " + std::to_string(step.threading)};
    if (step.create == nullptr || step.execute == nullptr || step.destroy == nullptr)
        throw Refused{what + " lacks create, execute or destroy"};
    return out;
}

void checkVersion(const stepd_plugin_v1& plugin) {
    if (plugin.magic != STEPD_ABI_MAGIC) throw Refused{"the plugin's table does not begin with the magic number"};
    const auto version = std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor);
    const auto ours = std::to_string(STEPD_ABI_MAJOR) + "." + std::to_string(STEPD_ABI_MINOR);
    if (plugin.abi_major != STEPD_ABI_MAJOR)
        throw Refused{"the plugin is built for ABI " + version + ", this stepd has ABI " + ours};
    if (plugin.min_abi_minor > STEPD_ABI_MINOR)
        throw Refused{"the plugin needs ABI " + std::to_string(plugin.abi_major) + "." +
                      std::to_string(plugin.min_abi_minor) + " or later, this stepd has ABI " + ours};
}

PluginLibrary shakeHands(const stepd_plugin_v1* table) {
    const auto plugin = sized(table, offsetof(stepd_plugin_v1, steps) + sizeof(void*), "the plugin's table");
    checkVersion(plugin);
    PluginLibrary library;
    auto& description = library.description;
    description.name = wordOf(plugin.name, "the plugin's name");
    description.version = lineOf(plugin.version, kMaxWord, "the plugin's version");
    description.license = lineOf(plugin.license, kMaxWord, "the plugin's licence");
    description.sourceUrl = lineOf(plugin.source_url, kMaxSentence, "the plugin's source URL");
    description.sdk = lineOf(plugin.sdk, kMaxWord, "the plugin's SDK name");
    description.vendorTag = lineOf(plugin.vendor_tag, kMaxWord, "the plugin's vendor tag");
    description.abiMajor = plugin.abi_major;
    description.abiMinor = plugin.abi_minor;
    if (plugin.step_count == 0 || plugin.step_count > kMaxSteps || plugin.steps == nullptr)
        throw Refused{"the plugin has " + std::to_string(plugin.step_count) + " step types; 1 to " +
                      std::to_string(kMaxSteps) + " are possible"};
    std::set<std::string> types;
    for (std::uint32_t i = 0; i < plugin.step_count; ++i) {
        const auto step =
            sized(plugin.steps[i], offsetof(stepd_step_v1, destroy) + sizeof(void*), "a step type's table");
        description.steps.push_back(describe(step, i));
        library.steps.push_back(step);
        if (!types.insert(description.steps.back().type).second)
            throw Refused{"the plugin has two step types named " + description.steps.back().type};
    }
    return library;
}

/// The loader gives one handle for one file, however often it is loaded.
std::shared_ptr<std::mutex> turnsOf(const void* handle) {
    static Mutex mutex;
    static std::map<const void*, std::shared_ptr<std::mutex>> turns GUARDED_BY(mutex);
    const MutexLock lock(mutex);
    auto& turn = turns[handle];
    if (!turn) turn = std::make_shared<std::mutex>();
    return turn;
}

Result<PluginLibrary, std::string> adopt(const stepd_plugin_v1* table, const void* handle) {
    try {
        auto library = shakeHands(table);
        const auto serial = [](const stepd_step_v1& step) { return step.threading == STEPD_SERIAL; };
        if (std::any_of(library.steps.begin(), library.steps.end(), serial)) library.serial = turnsOf(handle);
        return library;
    } catch (const Refused& refused) {
        return Result<PluginLibrary, std::string>::failure(refused.sentence);
    }
}

}  // namespace

int PluginLibrary::find(const std::string& type) const {
    if (type.empty()) return steps.size() == 1 ? 0 : -1;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (description.steps[i].type == type) return static_cast<int>(i);
    return -1;
}

Result<PluginLibrary, std::string> loadPlugin(const std::string& path) {
    using Loaded = Result<PluginLibrary, std::string>;
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return Loaded::failure(std::string("the library cannot be loaded: ") + ::dlerror());
    void* symbol = ::dlsym(handle, STEPD_PLUGIN_SYMBOL);
    if (symbol == nullptr)
        return Loaded::failure("the library does not export " STEPD_PLUGIN_SYMBOL ": it is no stepd plugin");
    return adopt(reinterpret_cast<stepd_plugin_v1_get_fn>(symbol)(), handle);
}

Result<PluginLibrary, std::string> adoptPlugin(const stepd_plugin_v1* table) {
    return adopt(table, table);
}

}  // namespace stepd::host
