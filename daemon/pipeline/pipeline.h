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

// The names that expressions may use stand behind each of them; the loader has checked them against `pipelines.md` rule
// 6: `event` {name, data, id, ts, user} and `vars` everywhere in a run, and there `steps.ID` {output, ok, state, error}
// of steps upstream and `run` {id, attempt, started_at} too; `request` {id, body, headers, remote} in a route.

/// How a step is retried: the numbers, and the expression that may veto.
struct StepRetry {
    RetryPolicy policy;
    std::optional<cel::Program> when;  ///< over `error` {class, code, message, details}; false: no further attempt
};

struct Step {
    std::string id;
    std::string plugin;
    std::string stepType;                   ///< `STEP` of `uses: PLUGIN/STEP`; empty: the plugin's only one
    Template with;                          ///< an object; event, steps, run, vars and, here alone, `secrets.NAME`
    std::optional<Template> input;          ///< event, steps, run, vars; absent: `event.data`
    std::optional<cel::Program> condition;  ///< `if`, over event, steps, run, vars; false: the step is skipped
    std::vector<std::size_t>
        needs;  ///< indices into Pipeline::steps, of steps before or after it; sorted; never a cycle
    StepRetry retry;
    Duration timeout = 60s;
    bool continueOnError = false;
};

struct EventTrigger {
    std::string pattern;                    ///< exact, or with `*` for any run of characters
    std::optional<cel::Program> condition;  ///< `if`, over event and vars; false: no run
    bool matches(std::string_view eventName) const;
};

enum class RouteAuth { None, EventKey };
enum class RespondMode { Accepted, Wait };

struct Respond {
    RespondMode mode = RespondMode::Accepted;
    Duration timeout = 20s;
    std::optional<cel::Program>
        status;                    ///< over `run` {id, state, output, error}; default 200, or 500 for a run that failed
    std::optional<Template> body;  ///< likewise; default: the run's output
};

struct HttpRoute {
    std::string method;
    std::string path;  ///< `/register`, `/orders/{id}`
    RouteAuth auth = RouteAuth::EventKey;
    std::uint64_t bodyLimit = 1U << 20;
    std::string schema;  ///< JSON Schema text; empty: any JSON
    std::string emitEvent;
    Template emitId;    ///< over request; default `${{ request.id }}`
    Template emitData;  ///< over request; default `${{ request.body }}`
    Respond respond;
};

struct Idempotency {
    cel::Program key;  ///< over event and vars
    Duration ttl = 24h;
};

/// A pipeline as the engine runs it: checked, inherited fields filled in, expressions compiled. Immutable.
struct Pipeline {
    std::string id;
    std::string name;
    RevisionId revision;  ///< given by the store after loading
    std::string hash;     ///< of `source`
    std::string source;   ///< see CompiledSource
    std::vector<EventTrigger> triggers;
    std::vector<HttpRoute> routes;
    std::optional<Idempotency> idempotency;
    std::string vars = "{}";           ///< JSON object
    std::vector<std::string> secrets;  ///< names that steps use, sorted; values come from the configuration
    std::vector<Step> steps;
    std::optional<Template> output;  ///< over event, steps (all), run, vars; absent: null
};

using PipelinePtr = std::shared_ptr<const Pipeline>;

}  // namespace stepd::pipeline
