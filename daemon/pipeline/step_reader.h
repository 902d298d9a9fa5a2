#pragma once

#include <set>
#include <string>
#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/inherited.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// A step in the file, for the checks that need all steps.
struct StepPlace {
    const yaml::Node* node = nullptr;
    std::string path;           ///< `steps[2]`
    bool needsUnclear = false;  ///< there was a finding about its `needs`, so what is upstream of it is not known
};

/// Reads the steps of a pipeline: each by itself, then what ties them.
class StepReader {
public:
    StepReader(const LoadContext& context, const Inherited& inherited, ExpressionReader& expressions,
               std::set<std::string>& usedPolicies)
        : context_(context), inherited_(inherited), expressions_(expressions), usedPolicies_(usedPolicies) {}

    /// `list` is the value of `steps`. One Step an item, whatever the findings, so that indices agree.
    std::vector<Step> read(const yaml::Node& list, const std::string& path, yaml::Report& report);
    const std::vector<StepPlace>& places() const { return places_; }

private:
    Step readStep(yaml::Reader& fields);
    void readUses(yaml::Reader& fields, Step& step);
    /// False after a finding.
    bool readNeeds(yaml::Reader& fields, std::vector<Step>& steps, std::size_t index) const;

    const LoadContext& context_;
    const Inherited& inherited_;
    ExpressionReader& expressions_;
    std::set<std::string>& usedPolicies_;
    std::vector<StepPlace> places_;
};

}  // namespace stepd::pipeline
