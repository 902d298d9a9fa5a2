#pragma once

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads the flow control of a pipeline: which events start runs, when and how many of them, and what cancels them.
/// What cannot stand together is a finding:
///
/// - `batch` with `debounce`: both collect events.
/// - `batch` with `singleton`, `rate_limit` or `idempotency`: they decide about one event alone, and the events of a
///   batch have one run together. Inngest refuses `singleton` and leaves the other two out for batches; here a limit
///   that would not be kept is refused.
/// - `batch` with `priority` or `cancel_on`: they look at the run's event, and a batch has many (Inngest likewise).
/// - `batch` or `debounce` with a schedule: a tick comes at its own time and is no event among others.
/// - `timeouts.start` that is over before the collecting is: no run would ever start.
///
/// `concurrency` and `throttle` go with all: they are for runs. For a batch they look at its first event.
class FlowReader {
public:
    explicit FlowReader(ExpressionReader& expressions) : expressions_(expressions) {}

    /// `fields` are those of the pipeline; its id and its triggers are read already.
    void read(yaml::Reader& fields, Pipeline& pipeline);

private:
    void readIdempotency(yaml::Reader& fields, Pipeline& pipeline);
    void readConcurrency(yaml::Reader& fields, Pipeline& pipeline);
    Rate readRate(yaml::Reader& fields);
    void readDebounce(yaml::Reader& fields, Debounce& debounce);
    void readBatch(yaml::Reader& fields, EventBatch& batch);
    void readSingleton(yaml::Reader& fields, Singleton& singleton);
    void readCancelOn(yaml::Reader& fields, Pipeline& pipeline);

    ExpressionReader& expressions_;
};

}  // namespace stepd::pipeline
