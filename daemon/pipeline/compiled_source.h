#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stepd::pipeline {

/// Gives the text of a file named in a pipeline, relative to it; a sentence if there is none.
using FileSource = std::function<Result<std::string, std::string>(const std::string& name)>;

/// All that a pipeline was compiled from: its own text, the schemas it names and what it inherited. One JSON object of
/// name to content with sorted keys, so that equal content is equal text; its SHA-256 is the revision's hash.
struct CompiledSource {
    std::string name;  ///< of the pipeline's file: `process-registration.yaml`
    std::string text;
    std::string inherited;                     ///< YAML, see inherited.h
    std::map<std::string, std::string> files;  ///< the others

    std::string toJson() const;
    std::string hash() const;
    /// Absent if `json` is nothing that toJson wrote.
    static std::optional<CompiledSource> fromJson(std::string_view json);
};

}  // namespace stepd::pipeline
