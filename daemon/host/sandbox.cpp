#include "host/sandbox.h"

#include <filesystem>

#include "host/plugin_spec.h"

namespace stepd::host {

SandboxOrder sandboxOrder(const PluginSpec& spec, const std::string& temporaryDirectory) {
    // A rule needs a folder to stand on. If it cannot be made, the worker finds that it is not there.
    std::error_code ignored;
    for (const auto& path : spec.grant.write) std::filesystem::create_directories(path, ignored);
    return {.mode = spec.sandbox,
            .read = spec.grant.read,
            .write = spec.grant.write,
            .temporaryDirectory = temporaryDirectory,
            .processes = spec.grant.exec};
}

}  // namespace stepd::host
