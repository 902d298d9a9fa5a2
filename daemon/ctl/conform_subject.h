#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/random.h"
#include "ctl/chance_http.h"
#include "ctl/schema_inputs.h"
#include "host/plugin_probe.h"
#include "pipeline/json_schema.h"

namespace stepd::ctl {

enum class Verdict {
    Passed,
    Failed,
    Skipped,  ///< there was nothing to check; `detail` says why
    Noted,    ///< the author should know; no failure
};

/// One row of the table.
struct ConformCheck {
    std::string name;
    Verdict verdict = Verdict::Passed;
    std::uint64_t calls = 0;
    std::string detail;  ///< one sentence
    std::string input;   ///< with which it failed; JSON text, or empty
};

ConformCheck skipped(ConformCheck check, std::string why);

/// A step type under test, and what all checks share. One thread at a time.
class Subject {
public:
    struct Options {
        std::string with = "{}";
        std::optional<Json> example;  ///< an input that works
        std::uint64_t leakCalls = 0;  ///< how many the leak check makes
        std::uint64_t seed = 0;
        std::uint32_t atOnce = 1;  ///< calls that the worker takes, as the thread modes of all its steps allow
    };
    Subject(host::PluginProbe& probe, ChanceHttp& http, host::StepDescription step, Options options);

    const host::StepDescription& step() const { return step_; }
    const Options& options() const { return options_; }
    SchemaInputs& inputs() { return inputs_; }
    Random& random() { return random_; }
    ChanceHttp& http() { return http_; }
    host::PluginProbe& probe() { return probe_; }

    /// A call that is like all others; change it before `begin`.
    host::StepCall call(std::string input) const;
    StepResult run(std::string input);

    /// What no step may do, as a sentence: die, throw, give what is not JSON, refuse to stop.
    std::optional<std::string> faultOf(const StepResult& result) const;
    /// How an output fails its schema. Absent also where there is no schema, or no output.
    std::optional<std::string> misfitOf(const StepResult& result) const;
    bool hasOutputSchema() const { return output_.has_value(); }

private:
    host::PluginProbe& probe_;
    ChanceHttp& http_;
    const host::StepDescription step_;
    const Options options_;
    SeededRandom random_;
    SchemaInputs inputs_;
    std::optional<pipeline::JsonSchema> output_;
};

/// Runs one call after the other until one fails or `longest` is over; fills in the row.
class Series {
public:
    Series(Subject& subject, std::string name);
    /// False once it failed or took too long: then end the loop.
    bool goesOn() const;
    /// Judges a result.
    void take(const StepResult& result, const std::string& input);
    void fail(std::string detail, const std::string& input);
    ConformCheck done(std::string detail = {});

private:
    Subject& subject_;
    ConformCheck check_;
    std::chrono::steady_clock::time_point end_;
};

}  // namespace stepd::ctl
