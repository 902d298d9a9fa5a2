#pragma once

#include <map>
#include <string>
#include <utility>

#include "cel/cel.h"

namespace stepd::cel {

/// Variables from a map. Immutable; thread-safe.
class MapActivation final : public Activation {
public:
    explicit MapActivation(std::map<std::string, Value> names)
        : names_(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())) {}

    std::optional<Value> find(std::string_view name) const override {
        const auto found = names_.find(name);
        return found == names_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::map<std::string, Value, std::less<>> names_;
};

}  // namespace stepd::cel
