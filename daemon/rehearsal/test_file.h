#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/pipeline.h"
#include "rehearsal/scripted_invoker.h"

namespace stepd::rehearsal {

/// The answers of a plugin or a step in one case.
struct Script {
    bool always = false;  ///< its one answer serves every call
    std::vector<ScriptedAnswer> answers;
};

/// An event that the case sends.
struct SentEvent {
    Duration at{};  ///< from the start of the case
    std::string name;
    std::string data = "{}";  ///< a JSON object
    std::string user;         ///< a JSON object, or empty
    std::string id;
    std::optional<Timestamp> ts;
};

struct SentCancel {
    Duration at{};        ///< from the start of the case
    std::size_t run = 1;  ///< the first, the second ... that was started
};

/// What is expected of a step; what is absent may be anything. JSON texts are compared as ExpectedRun says.
struct ExpectedStep {
    std::optional<std::string> state;  ///< as `toString` of a StepState, or kNotReached
    std::optional<std::int32_t> attempts;
    std::optional<std::string> output;
    std::optional<std::string> error;  ///< {class, code, message, details}
    std::optional<std::string> input;  ///< of its last call
    std::optional<std::string> with;   ///< of its last call; a secret is the text `${secret:NAME}`
};
/// The state of a step of which the store has no record: nothing has come of it.
inline constexpr const char* kNotReached = "not_reached";

/// What is expected of a run; what is absent may be anything.
struct ExpectedRun {
    std::optional<std::string> pipeline;
    std::optional<std::string> state;
    std::optional<std::string> output;  ///< JSON text
    std::optional<std::string> error;   ///< JSON text: {step, class, code, message}
    std::optional<Duration> startsAt;   ///< from the start of the case
    std::optional<Duration> endsAt;     ///< likewise
    std::map<std::string, ExpectedStep> steps;
};

struct Expectation {
    ExpectedRun first;                               ///< of the run that was started first
    std::vector<ExpectedRun> each;                   ///< of all runs in the order of their start; empty: nothing
    std::optional<std::size_t> runs;                 ///< how many
    std::optional<Duration> waited;                  ///< from the first event until the last run has ended
    std::optional<std::vector<std::string>> events;  ///< names of those that pipelines sent, in their order
    bool exact = false;  ///< JSON must be equal; else objects may have more keys than are expected
};

struct TestCase {
    std::string name;
    int line = 0;  ///< in the file
    std::optional<Timestamp> now;
    std::vector<SentEvent> events;  ///< by `at`
    std::optional<SentCancel> cancel;
    std::map<std::string, Script> plugins;
    std::map<std::string, Script> steps;  ///< by id; they win over those of the plugin
    std::optional<Duration> duration;     ///< `for`: the case ends then; else when all runs have ended
    Duration limit = 24h * 400;           ///< a case that has not ended by then has failed
    bool crashMatrix = false;
    Expectation expect;
};

/// One `*.test.yaml`, with the pipelines that it is about.
struct TestFile {
    std::string path;
    std::vector<pipeline::PipelinePtr> pipelines;
    std::vector<TestCase> cases;
    Diagnostics findings;  ///< with an error among them the rest may be incomplete
};

}  // namespace stepd::rehearsal
