#pragma once

#include <string>
#include <utility>

namespace stepd {

/// A text that must not reach a log, an error or an answer: it has no stream operator and no conversion. Say `reveal`
/// where it is used.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    std::string value_;
};

}  // namespace stepd
