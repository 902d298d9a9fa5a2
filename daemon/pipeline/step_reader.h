#pragma once

#include <optional>
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

/// Reads the steps of a pipeline, list by list: each step by itself, then, in `finish`, what ties them.
class StepReader {
public:
    /// `pipeline` is its id.
    StepReader(std::string pipeline, const LoadContext& context, const Inherited& inherited,
               ExpressionReader& expressions, std::set<std::string>& usedPolicies, yaml::Report& report)
        : pipeline_(std::move(pipeline)),
          context_(context),
          inherited_(inherited),
          expressions_(expressions),
          usedPolicies_(usedPolicies),
          report_(report) {}

    /// `list` is the value of `steps`, `on_failure` or `finally`, in the order of Phase.
    void read(const yaml::Node& list, const std::string& path, Phase phase);
    /// After the last list: all steps in the order of Pipeline::steps. One a mapping in the file, whatever the
    /// findings, so that indices agree with `places`.
    std::vector<Step> finish();
    const std::vector<StepPlace>& places() const { return places_; }

private:
    void readList(const yaml::Node& list, const std::string& path, Phase phase, std::optional<std::size_t> group);
    Step readStep(yaml::Reader& fields, Phase phase, std::optional<std::size_t> group);
    void readWork(yaml::Reader& fields, Step& step);
    void readUses(yaml::Reader& fields, Step& step);
    void readPlugin(yaml::Reader& fields, const std::string& uses, Step& step);
    void readCore(yaml::Reader& fields, const std::string& uses, Step& step);
    void checkIds();

    const std::string pipeline_;
    const LoadContext& context_;
    const Inherited& inherited_;
    ExpressionReader& expressions_;
    std::set<std::string>& usedPolicies_;
    yaml::Report& report_;
    std::vector<Step> steps_;
    std::vector<StepPlace> places_;
};

}  // namespace stepd::pipeline
