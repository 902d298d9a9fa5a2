#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace stepd::host {

/// The secrets that one plugin may read. What was read is remembered and struck out of all that the plugin says
/// (hardening R32, plugin-abi "never secrets"). Values shorter than 6 bytes are not struck out: they would garble
/// ordinary text. One thread.
class SecretSet {
public:
    using Lookup = std::function<std::optional<Secret>(std::string_view name)>;
    SecretSet(std::vector<std::string> granted, Lookup lookup)
        : granted_(std::move(granted)), lookup_(std::move(lookup)) {}

    bool granted(std::string_view name) const;
    /// Absent unless it is granted and configured.
    std::optional<std::string> read(std::string_view name);
    /// Puts `[secret]` for each value that was read, as it is or as it stands inside a JSON string.
    void scrub(std::string& text) const;

private:
    std::vector<std::string> granted_;
    Lookup lookup_;
    std::map<std::string, std::string, std::less<>> values_;
    std::vector<std::string> needles_;
};

/// Merges `with` over `options`, both JSON objects, key by key at the top level, and puts values for `${secret:NAME}`
/// inside strings. The failure is one sentence.
Result<std::string, std::string> mergeConfig(const std::string& options, const std::string& with, SecretSet& secrets);

}  // namespace stepd::host
