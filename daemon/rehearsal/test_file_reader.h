#pragma once

#include <functional>
#include <string>

#include "pipeline/loader.h"
#include "rehearsal/test_file.h"

namespace stepd::rehearsal {

/// What a pipeline file inherits, by its path.
using ContextOf = std::function<pipeline::LoadContext(const std::string& file)>;

/// Reads a `*.test.yaml` and the pipelines that it names: `pipeline: FILE` or `pipelines: [FILE, ...]` beside it; by
/// default the file of the same name without `.test`. Warnings about a pipeline are left to `stepctl check`. Blocks on
/// the disk.
TestFile readTestFile(const std::string& path, const ContextOf& contextOf);

}  // namespace stepd::rehearsal
