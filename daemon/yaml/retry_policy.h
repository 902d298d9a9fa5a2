#pragma once

#include <map>
#include <string>

#include "model/retry_policy.h"
#include "yaml/reader.h"

namespace stepd::yaml {

/// Reads the fields of a `retry` mapping over those of `policy`: what is absent stays, which is how a pipeline and a
/// step inherit. Here, because both `stepd.yaml` and pipelines have such mappings. `when` is the pipeline's own.
void readRetryPolicy(Reader& fields, RetryPolicy& policy);

/// The policies that exist without being configured: `never` tries once.
std::map<std::string, RetryPolicy> builtInRetryPolicies();

/// All fields as a YAML flow mapping that readRetryPolicy reads back to the same policy.
std::string toYaml(const RetryPolicy& policy);

}  // namespace stepd::yaml
