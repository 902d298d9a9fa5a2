#pragma once

#include <string>
#include <variant>
#include <vector>

#include "store/readers.h"
#include "store/sqlite/statement.h"

namespace stepd::store {

/// The SQL of a RunFilter. The statements it is bound to must not outlive it unless they are bound again.
class RunSelection {
public:
    explicit RunSelection(const RunFilter& filter);

    /// Whole runs (kRunColumns), newest first.
    std::string list() const;
    std::string count() const;

    /// For `count`.
    void bind(Statement& statement) const;
    /// For `list`: only runs with a smaller key than `before`.
    void bindPage(Statement& statement, std::int64_t before, std::int64_t limit) const;

private:
    std::string keys() const;
    /// The next parameter stands for the value.
    std::string parameter(std::variant<std::int64_t, std::string> value);

    std::vector<std::string> branches_;  // disjoint, each in the order of an index
    std::string conditions_;             // of all branches
    std::vector<std::variant<std::int64_t, std::string>> values_;
};

}  // namespace stepd::store
