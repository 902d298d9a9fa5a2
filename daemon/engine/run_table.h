#pragma once

#include <algorithm>
#include <cassert>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/active_run.h"

namespace stepd::engine {

/// A call whose end the invoker still owes us. It holds a slot of its plugin until then.
struct OpenCall {
    RunId run;  ///< zero: its run does not wait for it any more
    std::size_t step = 0;
    std::string plugin;
    bool sent = false;  ///< its start is on disk and the invoker has it
};

/// The runs in memory and their open calls. Engine thread only. Never iterated in its own order, which would not be
/// reproducible.
class RunTable {
public:
    /// The run is not in memory yet: others keep pointers to those that are.
    ActiveRun& add(std::unique_ptr<ActiveRun> run) {
        const RunId id = run->record.id;
        const auto [place, added] = runs_.emplace(id, std::move(run));
        assert(added);
        (void)added;
        return *place->second;
    }
    /// Null if it is not in memory.
    ActiveRun* find(RunId id) const {
        const auto found = runs_.find(id);
        return found == runs_.end() ? nullptr : found->second.get();
    }
    /// Those of all runs, in their order; walks all of them.
    std::vector<RunId> ids() const {
        std::vector<RunId> all;
        all.reserve(runs_.size());
        for (const auto& [id, run] : runs_) all.push_back(id);
        std::sort(all.begin(), all.end());
        return all;
    }
    void drop(RunId id) { runs_.erase(id); }
    std::size_t size() const { return runs_.size(); }

    host::CallId openCall(OpenCall call) {
        const host::CallId id{++lastCall_};
        calls_.emplace(id, std::move(call));
        return id;
    }
    /// Null if the call has ended.
    OpenCall* findCall(host::CallId id) {
        const auto found = calls_.find(id);
        return found == calls_.end() ? nullptr : &found->second;
    }
    void endCall(host::CallId id) { calls_.erase(id); }
    std::size_t openCalls() const { return calls_.size(); }

private:
    std::unordered_map<RunId, std::unique_ptr<ActiveRun>> runs_;
    std::unordered_map<host::CallId, OpenCall> calls_;
    std::int64_t lastCall_ = 0;
};

}  // namespace stepd::engine
