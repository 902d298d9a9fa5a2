#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/pipeline.h"

namespace stepd::pipeline {

struct LoadedFile {
    std::string path;
    PipelinePtr pipeline;
};

/// What one file alone cannot tell: two pipelines with one id, two routes for one request, invoked pipelines that do
/// not exist or that wait for each other, global limits of one name that differ. The file that comes first is right.
/// Takes the files out that a finding is about. `complete`: there are no others, so an unknown pipeline is a finding.
Diagnostics checkDirectory(std::vector<LoadedFile>& files, bool complete);

}  // namespace stepd::pipeline
