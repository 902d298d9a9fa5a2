#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "host/secret_set.h"

namespace stepd::host {

/// What the steps of one plugin are configured with: its options with a step's `with` merged over them (mergeConfig).
/// Most steps say the same in every run, so the last few hundred answers are kept. One thread.
class MergedConfigs {
public:
    using Config = std::shared_ptr<const std::string>;
    /// The references must outlive it.
    MergedConfigs(const std::string& options, const std::string& mark, SecretSet& secrets)
        : options_(options), mark_(mark), secrets_(secrets) {}
    /// The failure is one sentence.
    Result<Config, std::string> of(const std::string& with);

private:
    const std::string& options_;
    const std::string& mark_;
    SecretSet& secrets_;
    std::unordered_map<std::string, Config> kept_;
};

}  // namespace stepd::host
