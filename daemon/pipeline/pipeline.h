#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "cel/cel.h"
#include "model/ids.h"
#include "model/retry_policy.h"
#include "pipeline/template.h"

namespace stepd::pipeline {

// The names that expressions may use stand behind each of them; the loader has checked them against `pipelines.md` rule
// 6. "The run's names" are `event` {name, data, id, ts, user}, `events` (a list, in a pipeline with `batch`),
// `steps.ID` {output, ok, state, error} of steps upstream, `run` {id, attempt, started_at}, `vars`, inside `foreach`
// also its `as` name, and in `on_failure` and `finally` also `error` {step, class, code, message}, null unless there
// is a reason.

/// How a step is retried: the numbers, and the expression that may veto.
struct StepRetry {
    RetryPolicy policy;
    std::optional<cel::Program> when;  ///< over `error` {class, code, message, details}; false: no further attempt
};

/// What a limit counts.
enum class Counts { Runs, Steps };

/// At most `limit` at once for each value of `key`. A run holds its slot from its start to its end, a step (`of:
/// steps`, or on a step itself) while an attempt runs.
struct Concurrency {
    std::string family;  ///< see engine/lanes.h: the same for all revisions of a pipeline
    std::uint32_t limit = 1;
    std::optional<cel::Program> key;  ///< over event and vars; on a step: the run's names
    Counts of = Counts::Runs;
};

/// So many starts in a period for each value of `key`: a GCRA. `burst` more may start at once after an idle time.
struct Rate {
    std::string family;
    std::uint32_t limit = 1;
    Duration period = 1min;
    std::uint32_t burst = 0;
    std::optional<cel::Program> key;  ///< over event and vars
};

struct Debounce {
    std::string family;
    Duration period{};
    std::optional<Duration> timeout;  ///< the longest delay in all, from the first event on
    std::optional<cel::Program> key;  ///< over event and vars
};

struct EventBatch {
    std::string family;
    std::uint32_t maxSize = 1;
    Duration timeout{};
    std::optional<cel::Program> key;        ///< over event and vars
    std::optional<cel::Program> condition;  ///< `if`: false starts a run for the event alone
};

enum class SingletonMode { Skip, Cancel };
struct Singleton {
    std::string family;
    std::optional<cel::Program> key;  ///< over event and vars
    SingletonMode mode = SingletonMode::Skip;
};

/// A way to find those who wait for an event without asking each: `async.PATH == value` is part of the condition.
struct Correlation {
    std::vector<std::string> path;  ///< below `async`: {data, request_id}
    cel::Program value;             ///< over the names of the condition but for `async`
};

/// An event that a run waits for, or that cancels it.
struct EventMatch {
    std::string event;                      ///< a name or a pattern with `*`
    std::optional<cel::Program> condition;  ///< over `async`, the later event, and the run's names; in cancel_on over
                                            ///< `async`, event and vars
    std::optional<Correlation> correlation;
    std::optional<Duration> timeout;  ///< absent: no limit
};

struct SleepStep {
    std::optional<Template> duration;  ///< `for`: the run's names; text such as `5m`, or a CEL duration
    std::optional<Template> until;     ///< RFC 3339 text
};
struct WaitForEventStep {
    EventMatch match;  ///< its output is the event, or null after the timeout
};
struct SendEventStep {
    Template name;
    Template data;
    std::optional<Template> id;
    std::optional<Template> ts;  ///< RFC 3339 text; absent: now
};
struct InvokeStep {
    std::string pipeline;
    Template data;
    bool wait = true;  ///< false: its output is {run_id} at once
    std::optional<Duration> timeout;
};
struct FailStep {
    Template message;
    std::string code = "failed";
};
/// Absent: a plugin does the work.
using BuiltIn = std::variant<std::monostate, SleepStep, WaitForEventStep, SendEventStep, InvokeStep, FailStep>;

enum class OnItemFailure { Fail, Collect };
/// The step, or its group, runs once for each item. Its output is the list of the items' outputs (of a group: of its
/// last step), null for one that failed or was skipped.
struct Foreach {
    cel::Program items;  ///< over the run's names; a list
    std::string as = "item";
    std::optional<cel::Program> key;  ///< over the item as well: its name in records and logs; default: its index
    std::uint32_t maxParallel = 0;    ///< 0: all
    OnItemFailure onItemFailure = OnItemFailure::Fail;
};

/// Joins on the first `count` needs that complete.
struct AnyOf {
    std::uint32_t count = 1;
    bool race = false;  ///< the needs that have not ended are cancelled
};

/// A limiter of `stepd.yaml`, shared by all pipelines.
struct LimiterUse {
    std::string name;
    std::optional<cel::Program>
        key;  ///< the run's names; whose turn it is goes round among the keys. Default: pipeline
};

struct StepCache {
    cel::Program key;  ///< the run's names
    Duration ttl{};
};

enum class Phase { Main, OnFailure, Finally };

struct Step {
    std::string id;
    std::string plugin;
    std::string stepType;           ///< `STEP` of `uses: PLUGIN/STEP`; empty: the plugin's only one
    BuiltIn builtIn;                ///< `uses: core/...`; `core/http` is a plugin like any other
    Template with;                  ///< an object; the run's names and, here alone, `secrets.NAME`
    std::optional<Template> input;  ///< the run's names; absent: `event.data`
    /// `if`, over the run's names; false: the step is skipped. With `foreach`, one that uses the name of the item is
    /// asked for each item, any other one for the step as a whole, before its items are known.
    std::optional<cel::Program> condition;
    /// Indices into Pipeline::steps, of steps of the same phase and group, before or after it; sorted; never a cycle.
    std::vector<std::size_t> needs;
    std::vector<std::size_t> requireSuccess;  ///< those of `needs` that must complete; else the step is skipped
    std::optional<AnyOf> any;
    StepRetry retry;
    Duration timeout = 60s;
    bool continueOnError = false;
    std::optional<Foreach> foreach;
    bool isGroup = false;              ///< it has no work of its own: the steps whose `group` it is are the work
    std::optional<std::size_t> group;  ///< the step whose item this step is part of; that one has `foreach`
    Phase phase = Phase::Main;
    std::vector<Concurrency> concurrency;
    std::optional<LimiterUse> limiter;
    std::optional<StepCache> cache;
};

struct EventTrigger {
    std::string pattern;                    ///< exact, or with `*` for any run of characters
    std::optional<cel::Program> condition;  ///< `if`, over event and vars; false: no run
    bool matches(std::string_view eventName) const;
};

enum class CatchUp { None, Last, All };
enum class Overlap { Allow, Skip, Cancel };
/// Starts runs by the calendar. Their event is `stepd.cron` with data {cron, timezone, scheduled_at}.
struct CronTrigger {
    std::string expression;  ///< five fields
    std::string timezone = "UTC";
    Duration jitter{};  ///< each tick is late by its own share of this, the same each time it is asked
    CatchUp catchUp = CatchUp::None;
    Overlap overlap = Overlap::Allow;
    std::string data;                       ///< JSON object, `data` of the event beside the fields above; empty: none
    std::optional<cel::Program> condition;  ///< `if`, over event and vars
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

/// How long runs are kept after their end; absent: as `defaults.retention` of stepd.yaml says.
struct Retention {
    std::optional<Duration> completed;
    std::optional<Duration> failed;  ///< also of cancelled and quarantined runs
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
    std::vector<CronTrigger> crons;
    std::vector<HttpRoute> routes;
    std::optional<Idempotency> idempotency;
    std::vector<Concurrency> concurrency;
    std::optional<Rate> throttle;   ///< the rest waits
    std::optional<Rate> rateLimit;  ///< the rest starts no run
    std::optional<Debounce> debounce;
    std::optional<EventBatch> batch;
    std::optional<Singleton> singleton;
    std::optional<cel::Program> priority;  ///< over event and vars: seconds of head start, -600..600
    std::vector<EventMatch> cancelOn;
    std::optional<Duration> startTimeout;   ///< from its creation: cancelled unless it has started
    std::optional<Duration> finishTimeout;  ///< from its start: cancelled unless it has ended
    std::string vars = "{}";                ///< JSON object
    std::vector<std::string> secrets;       ///< names that steps use, sorted; values come from the configuration
    /// All of them in one list: main steps and those of their groups, each group's behind the group; then those of
    /// `on_failure`, then those of `finally`.
    std::vector<Step> steps;
    Retention retention;
    std::optional<Template> output;  ///< the run's names with all main steps; absent: null
};

using PipelinePtr = std::shared_ptr<const Pipeline>;

}  // namespace stepd::pipeline
