#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cel/cel.h"
#include "model/ids.h"
#include "model/retry_policy.h"
#include "pipeline/template.h"

namespace stepd::pipeline {

/// How a step is retried: the numbers, and the expression that may veto.
struct StepRetry {
    RetryPolicy policy;
    std::optional<cel::Program> when;  ///< over `error` {class, code, message, details}; false: no further attempt
};

struct Step {
    std::string id;
    std::string plugin;
    std::string stepType;            ///< `STEP` of `uses: PLUGIN/STEP`; empty: the plugin's only one
    Template with;                   ///< an object
    std::optional<Template> input;   ///< absent: `event.data`
    std::optional<cel::Program> condition;  ///< `if`; false: the step is skipped
    std::vector<std::size_t> needs;  ///< indices into Pipeline::steps, of steps before or after it; never a cycle
    StepRetry retry;
    Duration timeout = 60s;
    bool continueOnError = false;
};

struct EventTrigger {
    std::string pattern;  ///< exact, or with `*` for any run of characters
    std::optional<cel::Program> condition;
    bool matches(std::string_view eventName) const;
};

enum class RouteAuth { None, EventKey, Hmac };
enum class RespondMode { Accepted, Wait };

struct Respond {
    RespondMode mode = RespondMode::Accepted;
    Duration timeout = 20s;
    std::optional<cel::Program> status;  ///< over `run` {id, state, output, error}; default 200, or 500 for a run that failed
    std::optional<Template> body;        ///< likewise; default: the run's output
};

struct HttpRoute {
    std::string method;
    std::string path;  ///< `/register`, `/orders/{id}`
    RouteAuth auth = RouteAuth::EventKey;
    std::uint64_t bodyLimit = 1U << 20;
    std::string schema;  ///< JSON Schema text; empty: any JSON
    std::string emitEvent;
    Template emitId;
    Template emitData;
    Respond respond;
};

struct Idempotency {
    cel::Program key;
    Duration ttl = 24h;
};

/// A pipeline as the engine runs it: checked, inherited fields filled in, expressions compiled. Immutable.
struct Pipeline {
    std::string id;
    std::string name;
    RevisionId revision;  ///< given by the store after loading
    std::string hash;     ///< of `source`
    std::string source;   ///< see store::Revision
    std::vector<EventTrigger> triggers;
    std::vector<HttpRoute> routes;
    std::optional<Idempotency> idempotency;
    std::string vars;                  ///< JSON object
    std::vector<std::string> secrets;  ///< names that steps may use; values come from the configuration
    std::vector<Step> steps;
    std::optional<Template> output;
};

using PipelinePtr = std::shared_ptr<const Pipeline>;

}  // namespace stepd::pipeline
