#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/graph_driver.h"

namespace stepd::engine {

/// The pipelines that new runs follow, and the drivers of all revisions that runs in memory follow. Engine thread only.
class Catalog {
public:
    struct Entry {
        pipeline::PipelinePtr pipeline;
        DriverPtr driver;
        cel::Value vars;
        std::vector<std::string> plugins;  ///< that its steps call, in order, each once
    };
    using EntryPtr = std::shared_ptr<const Entry>;  // shared with what waits for an answer of the store

    Catalog(RevisionLoader loader, std::string secretMark)
        : loader_(std::move(loader)), secretMark_(std::move(secretMark)) {}

    void use(std::vector<pipeline::PipelinePtr> pipelines);
    /// In the order in which they were given.
    const std::vector<EntryPtr>& current() const { return current_; }
    /// Null if there is none.
    EntryPtr find(std::string_view pipeline) const;
    /// Null if the revision cannot be compiled any more; `problem` then says why in one sentence.
    DriverPtr driver(RevisionId revision, std::string& problem);

private:
    DriverPtr load(RevisionId revision, std::string& problem);

    const RevisionLoader loader_;
    const std::string secretMark_;
    std::vector<EntryPtr> current_;
    std::map<RevisionId, std::weak_ptr<const Driver>> drivers_;  // a revision nobody follows is forgotten
    std::map<RevisionId, std::string> broken_;                   // why; tried again with the next `use`
};

}  // namespace stepd::engine
