#pragma once

#include <functional>
#include <map>
#include <vector>

#include "base/mutex.h"
#include "pipeline/pipeline.h"

namespace stepd::api {

/// Revisions of pipelines for those who look at runs. One that is not current has to be read and compiled, so some are
/// kept. Thread-safe; may block, so never on the http or engine thread.
class RevisionShelf {
public:
    struct Parts {
        std::function<std::vector<pipeline::PipelinePtr>()> current;
        std::function<pipeline::PipelinePtr(RevisionId)> load;  ///< null: it cannot be read any more; throws Error
    };
    explicit RevisionShelf(Parts parts) : parts_(std::move(parts)) {}

    /// Null: there is none, or it cannot be read any more.
    pipeline::PipelinePtr find(RevisionId id) EXCLUDES(mutex_);

private:
    const Parts parts_;
    Mutex mutex_;
    std::map<RevisionId, pipeline::PipelinePtr> kept_ GUARDED_BY(mutex_);
};

}  // namespace stepd::api
