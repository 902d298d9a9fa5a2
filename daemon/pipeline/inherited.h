#pragma once

#include <set>
#include <string>

#include "pipeline/loader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// What steps inherit: first from the daemon's configuration, then from the pipeline.
struct Inherited {
    StepRetry retry;
    Duration timeout = 60s;
};

class ExpressionReader;

/// Reads `retry` (the name of a policy, or fields over `retry`) and `timeout` of `defaults` or of a step over what is
/// inherited. The names of policies that are used are added to `used`.
void readInherited(yaml::Reader& fields, const LoadContext& context, ExpressionReader& expressions,
                   std::set<std::string>& used, Inherited& inherited);

/// The policies of `used`, the default policy and the default timeout of `context` as YAML, and back.
std::string inheritedText(const LoadContext& context, const std::set<std::string>& used);
LoadContext inheritedContext(const std::string& text);

}  // namespace stepd::pipeline
