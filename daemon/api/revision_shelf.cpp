#include "api/revision_shelf.h"

#include "base/error.h"

namespace stepd::api {

pipeline::PipelinePtr RevisionShelf::find(RevisionId id) {
    constexpr std::size_t kMostKept = 64;
    for (pipeline::PipelinePtr& pipeline : parts_.current())
        if (pipeline->revision == id) return std::move(pipeline);
    {
        const MutexLock lock(mutex_);
        if (const auto known = kept_.find(id); known != kept_.end()) return known->second;
    }
    pipeline::PipelinePtr loaded;
    try {
        loaded = parts_.load(id);
    } catch (const Error&) {
        return nullptr;  // not kept: the store may have it the next time
    }
    const MutexLock lock(mutex_);
    if (kept_.size() >= kMostKept) kept_.erase(kept_.begin());  // the oldest revision: fewest runs follow it
    kept_[id] = loaded;
    return loaded;
}

}  // namespace stepd::api
