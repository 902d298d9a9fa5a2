#pragma once

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads what starts the runs of a pipeline, the list `on` or, by its other name, `triggers`: events and schedules.
/// An empty list is a pipeline that others start with core/invoke. Two equal triggers are a finding, since a run starts
/// once an event however many of them match.
class TriggerReader {
public:
    explicit TriggerReader(ExpressionReader& expressions) : expressions_(expressions) {}

    /// `fields` are those of the pipeline.
    void read(yaml::Reader& fields, Pipeline& pipeline);

private:
    void readEvent(yaml::Reader& fields, Pipeline& pipeline);
    void readSchedule(yaml::Reader& fields, Pipeline& pipeline);

    ExpressionReader& expressions_;
};

}  // namespace stepd::pipeline
