#include "host/merged_configs.h"

#include <utility>

namespace stepd::host {
namespace {
constexpr std::size_t kMostKept = 256;
constexpr std::size_t kLongestKept = 4096;
}  // namespace

Result<MergedConfigs::Config, std::string> MergedConfigs::of(const std::string& with) {
    if (const auto found = kept_.find(with); found != kept_.end()) return found->second;
    auto merged = mergeConfig(options_, with, mark_, secrets_);
    if (!merged) return Result<Config, std::string>::failure(merged.error());
    auto config = std::make_shared<const std::string>(std::move(merged.value()));
    if (with.size() > kLongestKept) return config;
    if (kept_.size() >= kMostKept) kept_.clear();
    kept_.emplace(with, config);
    return config;
}

}  // namespace stepd::host
