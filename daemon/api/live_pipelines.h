#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/plugin_change.h"
#include "base/diagnostic.h"
#include "base/mutex.h"
#include "http/router.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"

namespace stepd::api {

/// What a reload makes of one pipeline.
struct PipelineChange {
    enum class Kind { Added, Changed, Removed, Unchanged };
    Kind kind = Kind::Unchanged;
    pipeline::PipelinePtr before;  ///< null if added
    pipeline::PipelinePtr after;   ///< null if removed
    const std::string& id() const { return after ? after->id : before->id; }
};
const char* toString(PipelineChange::Kind kind);

struct ReloadReport {
    Diagnostics findings;                 ///< with an error among them nothing has changed, and `changes` is empty
    std::vector<PipelineChange> changes;  ///< by id
    std::vector<PluginChange> plugins;    ///< by name; empty for a dry run
    std::size_t count(PipelineChange::Kind kind) const;
};

enum class ReloadMode {
    Apply,
    DryRun,  ///< tells what would happen
};

/// The pipelines that the daemon works with now, and how they give way to what stands in the files: all of them at
/// once, or none. `current` is thread-safe; `begin` and `reload` are called by one thread at a time and block on disk
/// and store.
class LivePipelines {
public:
    using Pipelines = std::vector<pipeline::PipelinePtr>;
    struct Parts {
        std::string directory;  ///< of the files, as findings name it
        std::function<pipeline::LoadedDirectory()> load;
        /// The store's key of a revision, which is durable on return. Throws Error.
        std::function<RevisionId(const pipeline::Pipeline&)> save;
        /// The table of all routes. Throws Error{Configuration} if a route cannot be served.
        std::function<std::shared_ptr<const http::Router>(const Pipelines&)> makeRoutes;
        /// New events and requests follow these from now on. Must not fail.
        std::function<void(const Pipelines&, std::shared_ptr<const http::Router>)> use;
    };

    explicit LivePipelines(Parts parts) : parts_(std::move(parts)) {}

    /// The pipelines of the start: each gets its revision. Throws Error if the store fails.
    void begin(const Pipelines& loaded) EXCLUDES(mutex_);
    Pipelines current() const EXCLUDES(mutex_);
    /// Running runs keep the revision they began with. Throws Error if the store fails; then nothing has changed.
    ReloadReport reload(ReloadMode mode) EXCLUDES(mutex_);

private:
    ReloadReport compare(const Pipelines& before, const Pipelines& after) const;
    pipeline::PipelinePtr pinned(const pipeline::PipelinePtr& loaded) const;
    void replace(Pipelines pipelines) EXCLUDES(mutex_);

    const Parts parts_;
    mutable Mutex mutex_;
    Pipelines current_ GUARDED_BY(mutex_);
};

}  // namespace stepd::api
