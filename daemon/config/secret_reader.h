#pragma once

#include <map>
#include <string>

#include "base/secret.h"
#include "yaml/reader.h"

namespace stepd::config {

/// What an absent environment variable means.
enum class Absence { Allowed, Refused };

/// Resolves the values of secret fields: `${env:NAME}`, `${file:PATH}` (relative to the configuration file, one newline
/// at the end dropped) or the secret itself, which is a warning. A file that others may read is an error, one that its
/// group may read a warning (hardening R32); systemd's credentials are exempt from that, since there the group bits are
/// an ACL's mask. A secret is UTF-8, since it goes into JSON; anything else is an error. No finding ever holds a
/// secret.
class SecretReader {
public:
    SecretReader(const std::map<std::string, std::string>& environment, std::string baseDirectory)
        : environment_(environment), baseDirectory_(std::move(baseDirectory)) {}

    /// Empty if the key is absent, after a finding, or where absence is allowed.
    Secret read(yaml::Reader& fields, std::string_view key, Absence absence) const;

private:
    Secret resolve(yaml::Reader& fields, std::string_view key, Absence absence) const;
    Secret fromEnvironment(yaml::Reader& fields, std::string_view key, const std::string& name, Absence absence) const;
    Secret fromFile(yaml::Reader& fields, std::string_view key, const std::string& name) const;

    const std::map<std::string, std::string>& environment_;
    const std::string baseDirectory_;
};

}  // namespace stepd::config
