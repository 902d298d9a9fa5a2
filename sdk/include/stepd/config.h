#pragma once

#include <stepd/codec.h>
#include <stepd/outcome.h>

namespace stepd {

/// Reads what a person wrote, the options of a step: every field may be left out unless its rules say `required`, keys
/// that are not known are findings. A struct may have `void check(std::vector<stepd::Finding>&) const`, which adds what
/// is wrong between its fields. Throws InvalidConfig that names all that is wrong.
template <typename Config>
Config readConfig(const Json& options) {
    Config config{};
    detail::Reading reading{.use = detail::Use::Config};
    detail::Codec<Config>::read(options, config, "", reading);
    if constexpr (requires { config.check(reading.findings); }) config.check(reading.findings);
    std::string all;
    for (const auto& [path, message] : reading.findings)
        all += (all.empty() ? "" : "; ") + (path.empty() ? "the options" : path.substr(1)) + " " + message;
    if (!all.empty()) throw InvalidConfig(all);
    return config;
}

/// JSON Schema (2020-12) of what `readConfig` reads.
template <typename Config>
Json configSchemaOf() {
    return detail::Codec<Config>::schema(detail::Use::Config);
}

/// A step whose constructor takes the struct that it names `Config`, not JSON.
template <typename StepType>
concept Configured = requires {
    typename StepType::Config;
    requires detail::Reflected<typename StepType::Config>;
};

}  // namespace stepd
