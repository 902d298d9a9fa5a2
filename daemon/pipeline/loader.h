#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/pipeline.h"
#include "pipeline/plugin_contract.h"
#include "yaml/retry_policy.h"

namespace stepd::pipeline {

/// What a pipeline inherits from the daemon's configuration and is checked against.
struct LoadContext {
    std::map<std::string, RetryPolicy> retryPolicies = yaml::builtInRetryPolicies();
    RetryPolicy defaultRetry;
    Duration defaultTimeout = 60s;
    std::optional<std::vector<std::string>> plugins;   ///< absent: any name is accepted
    std::optional<std::vector<std::string>> secrets;   ///< absent: any name is accepted
    std::optional<std::vector<std::string>> limiters;  ///< absent: any name is accepted
    PluginContracts contracts;                         ///< what steps are held to; empty: nothing is known of plugins
};

/// A pipeline, unless the findings hold an error; all findings of the file and of the schemas it names, in their order.
struct Loaded {
    PipelinePtr pipeline;
    Diagnostics findings;
    std::set<std::string> knownKeys;  ///< what a file may hold, `on[].cron`; for the test of the schema
};

/// Reads one file. What cannot be read is a finding. Blocks on the disk.
Loaded loadFile(const std::string& path, const LoadContext& context);

/// Reads a pipeline again from its `source`, for runs that are pinned to it: what it inherited when it was first loaded
/// is in there, so a changed configuration changes nothing. Plugins, what they say of their steps, secrets and limiters
/// are not checked.
Loaded loadSource(std::string_view source);

struct LoadedDirectory {
    std::vector<PipelinePtr> pipelines;  ///< in the order of the file names; those without errors
    Diagnostics findings;                ///< those of checkDirectory are among them
};

/// All `*.yaml` and `*.yml` of a directory except tests (`*.test.yaml`), not of those below it.
LoadedDirectory loadDirectory(const std::string& directory, const LoadContext& context);

}  // namespace stepd::pipeline
