#pragma once

#include <set>
#include <string>

#include "pipeline/compiled_source.h"
#include "pipeline/expression_reader.h"
#include "pipeline/inherited.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"
#include "pipeline/step_reader.h"
#include "yaml/document.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Reads the document of one pipeline into the model: triggers, flow control, routes and steps, then the checks of the
/// whole. One use.
class PipelineReader {
public:
    PipelineReader(const LoadContext& context, const FileSource& files, yaml::Report& report)
        : context_(context), files_(files), report_(report), expressions_(report) {}

    /// `root` must outlive the call alone. The model is complete only if the report has no error.
    Pipeline read(const yaml::Node& root);
    /// After `read`: the files it fetched and the named policies it used.
    const std::map<std::string, std::string>& fetched() const { return fetched_; }
    const std::set<std::string>& usedPolicies() const { return usedPolicies_; }

private:
    void readHead(yaml::Reader& fields, Pipeline& pipeline);
    Inherited readDefaults(yaml::Reader& fields);
    void readRetention(yaml::Reader& fields, Retention& retention);
    void readSteps(yaml::Reader& fields, StepReader& steps);

    const LoadContext& context_;
    const FileSource& files_;
    yaml::Report& report_;
    ExpressionReader expressions_;
    std::map<std::string, std::string> fetched_;
    std::set<std::string> usedPolicies_;
};

}  // namespace stepd::pipeline
