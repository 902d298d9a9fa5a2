#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "cel/type.h"
#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "pipeline/plugin_contract.h"

namespace stepd::pipeline {

/// The types of the names that expressions may use in a place, as far as they are the same in every pipeline. Event
/// data, outputs of steps, `vars` and items are JSON documents: dyn. Whether a name may be used there is the business
/// of `checkExpressions`.
const cel::TypeEnvironment& typesOfNames(Place place);

/// The types of names in one pipeline, where plugins say what their steps give: outputs by their schemas, items by the
/// lists that they come from.
class NameTypes {
public:
    /// Reads schemas; `contracts` may be empty. `pipeline` must outlive it.
    NameTypes(const Pipeline& pipeline, const std::vector<Site>& sites, const PluginContracts& contracts);

    cel::TypeEnvironment at(const Site& site) const;

private:
    void addItems(const std::vector<Site>& sites);

    const Pipeline& pipeline_;
    cel::Type steps_;
    std::map<std::size_t, cel::Type> items_;  ///< of the steps with `foreach`
};

}  // namespace stepd::pipeline
