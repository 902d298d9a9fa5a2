#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/ledger.h"
#include "host/invoker.h"
#include "store/store.h"

namespace stepd::engine {

/// Which builds of their plugins runs are pinned to (design rule 6): those that new calls got when the run was created,
/// as one set. A plugin whose build is not known then is not pinned. Sets are few, so all of them are in memory; a new
/// one goes to disk with the first run that has it. Engine thread only.
class PluginSets {
public:
    PluginSets(const host::Invoker& invoker, Ledger& ledger) : invoker_(invoker), ledger_(ledger) {}

    void restore(const std::vector<store::PluginSet>& stored);
    /// The builds that new calls of these plugins get now; zero: none of them is known. `plugins` is in order.
    PluginSetId current(const std::vector<std::string>& plugins);
    /// The build that the set wants of a plugin; empty: any.
    const std::string& build(PluginSetId set, std::string_view plugin) const;

private:
    using Builds = std::map<std::string, std::string, std::less<>>;
    void know(PluginSetId id, const std::string& builds);

    const host::Invoker& invoker_;
    Ledger& ledger_;
    std::unordered_map<std::string, PluginSetId> ids_;  ///< by the text that is stored
    std::unordered_map<PluginSetId, Builds> builds_;
    PluginSetId last_;
};

}  // namespace stepd::engine
