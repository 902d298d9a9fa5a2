#pragma once

#include <string>
#include <vector>

namespace stepd::pipeline {

/// What a step of a plugin takes under `with`.
struct StepOptions {
    std::vector<std::string> uses;  ///< the ways to name it: `validator`, `tools/fetch`
    std::string schema;             ///< JSON Schema text of the options, from the plugin; empty: not known
};

/// The JSON Schema (2020-12) of pipeline files, for editors that complete and check while one writes: every key that
/// the loader knows. The loader stays the judge, since it also knows names, graphs and expressions. Of `plugins` the
/// options are checked too, but none is required, as stepd.yaml may give it, and each may be a `${{ }}`. One whose
/// schema is no JSON object is left out.
std::string fileSchema(const std::vector<StepOptions>& plugins = {});

}  // namespace stepd::pipeline
