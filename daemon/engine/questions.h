#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "engine/messages.h"

namespace stepd::engine {

/// What the engine asks the store; the answer comes back through the inbox. A question about runs or events goes out
/// only when all that was gathered before is handed in, so the store sees what memory knows. Runs are loaded by one
/// question at a time: then a run that comes with an answer is either in memory, or nothing of it has changed since the
/// store looked. Engine thread only.
class Questions {
public:
    Questions(store::Store& store, Post post) : store_(store), post_(std::move(post)) {}

    /// Goes out at once: who asks knows by itself which keys it has given out since.
    void lookup(store::Lookup lookup, std::function<void(store::Found)> answer);
    // As it is: what is over does not depend on what memory knows.
    void prune(store::Prune prune, std::function<void(store::Pruned)> answer);
    void shrink(std::size_t pages, std::function<void(bool more)> answer);
    void findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> answer);
    void audit(std::size_t limit, std::function<void(store::Violations)> answer);
    void load(store::LoadQuery query, std::function<void(store::LoadedRuns)> answer);

    /// All that was gathered is handed in.
    void send();
    /// The batch that was handed in is not on disk after all: what was asked behind it has to be asked again.
    void outdate() { ++view_; }
    /// True while runs are being loaded, or wait for it.
    bool loading() const { return loading_ || !loads_.empty(); }
    /// Something waits for `send`.
    bool waiting() const { return !others_.empty() || (!loads_.empty() && !loading_); }

private:
    struct Load {
        store::LoadQuery query;
        std::function<void(store::LoadedRuns)> answer;
    };
    template <typename Answer>
    std::function<void(Answer)> posting(std::function<void(Answer)> answer);

    store::Store& store_;
    const Post post_;
    std::deque<std::function<void()>> others_;
    std::deque<Load> loads_;
    bool loading_ = false;
    std::uint64_t view_ = 0;  ///< of the store: changes when answers under way do not hold
};

}  // namespace stepd::engine
