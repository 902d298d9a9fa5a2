#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "engine/bindings.h"
#include "engine/call_plans.h"
#include "engine/event_matches.h"
#include "engine/step_errors.h"
#include "json/json_text.h"
#include "pipeline/names.h"

namespace stepd::engine {
namespace {

using Built = Result<BuiltInPlan, StepError>;
using Text = Result<std::string, StepError>;

/// `1.5s`, `90s`, `0.000001s`: how a CEL duration is written as JSON. Absent if the text is anything else, or below
/// zero.
std::optional<Duration> parseSeconds(std::string_view text) {
    if (text.empty() || text.back() != 's') return std::nullopt;
    text.remove_suffix(1);
    std::int64_t whole = 0;
    auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error != std::errc() || text.front() == '-' || whole > Duration::max() / std::chrono::seconds(1) - 1)
        return std::nullopt;
    Duration length = std::chrono::seconds(whole);
    const char* const end = text.data() + text.size();
    if (at == end) return length;
    if (*at++ != '.' || at == end) return std::nullopt;
    for (std::int64_t unit = 100'000'000; at != end; ++at, unit /= 10) {
        if (*at < '0' || *at > '9') return std::nullopt;
        length += Duration((*at - '0') * unit);
    }
    return length;
}

/// Renders the fields of one built-in step.
class BuiltInFields {
public:
    BuiltInFields(const Graph& graph, const ActiveRun& run, std::size_t place)
        : record_(run.steps[place].record), scope_(graph, run, place) {}

    Text json(const char* field, const pipeline::Template& value) const {
        auto rendered = value.render(scope_);
        if (rendered) return std::move(*rendered);
        return Text::failure(expressionError(name(field), rendered.error().message));
    }

    /// A string as it stands, anything else as its JSON.
    Text text(const char* field, const pipeline::Template& value) const {
        auto rendered = json(field, value);
        if (!rendered) return rendered;
        return json::stringOf(*rendered).value_or(*rendered);
    }

    /// The data of an event; without a template `{}`.
    Text object(const char* field, const pipeline::Template& value) const {
        if (value.empty()) return std::string("{}");
        auto rendered = json(field, value);
        if (!rendered || json::check(*rendered).kind == json::Kind::Object) return rendered;
        return Text::failure(expressionError(name(field), "it gives " + shortened(*rendered) + ", not an object"));
    }

    Text eventName(const char* field, const pipeline::Template& value) const {
        auto written = text(field, value);
        if (!written || pipeline::isEventName(*written)) return written;
        return Text::failure(expressionError(name(field), shortened(*written) + " is no name for an event"));
    }

    Result<Duration, StepError> duration(const char* field, const pipeline::Template& value) const {
        using Length = Result<Duration, StepError>;
        const auto written = text(field, value);
        if (!written) return Length::failure(written.error());
        if (const auto length = parseDuration(*written)) return *length;
        if (const auto length = parseSeconds(*written)) return *length;
        return Length::failure(expressionError(name(field), shortened(*written) + " is no duration such as 5m"));
    }

    Result<Timestamp, StepError> time(const char* field, const pipeline::Template& value) const {
        using Moment = Result<Timestamp, StepError>;
        const auto written = text(field, value);
        if (!written) return Moment::failure(written.error());
        if (const auto moment = parseRfc3339(*written)) return *moment;
        return Moment::failure(
            expressionError(name(field), shortened(*written) + " is no time such as 2026-01-02T03:04:05Z"));
    }

    Result<std::optional<std::string>, StepError> correlation(const pipeline::Correlation& correlation) const {
        using Found = Result<std::optional<std::string>, StepError>;
        const auto value = correlation.value.evaluate(scope_);
        if (!value)
            return Found::failure(
                expressionError(name("if") + ", `" + correlation.value.source() + "`,", value.error().message));
        return correlationText(correlation.path, *value);
    }

private:
    std::string name(const char* field) const { return std::string("`with.") + field + "` of step " + record_.name; }
    static std::string shortened(const std::string& text) {
        return "`" + (text.size() > 100 ? text.substr(0, validUtf8Prefix(text.substr(0, 100))) + "..." : text) + "`";
    }

    const StepRecord& record_;
    const RunScope scope_;
};

Built plan(const pipeline::SleepStep& step, const BuiltInFields& fields) {
    SleepPlan sleep;
    if (step.duration) {
        const auto length = fields.duration("for", *step.duration);
        if (!length) return Built::failure(length.error());
        sleep.duration = *length;
    }
    if (step.until) {
        const auto moment = fields.time("until", *step.until);
        if (!moment) return Built::failure(moment.error());
        sleep.until = *moment;
    }
    return BuiltInPlan(sleep);
}

Built plan(const pipeline::WaitForEventStep& step, const BuiltInFields& fields) {
    WaitPlan wait{.event = step.match.event, .correlation = {}, .timeout = step.match.timeout};
    if (step.match.correlation) {
        auto text = fields.correlation(*step.match.correlation);
        if (!text) return Built::failure(text.error());
        wait.correlation = text->value_or("");
    }
    return BuiltInPlan(std::move(wait));
}

Built plan(const pipeline::SendEventStep& step, const BuiltInFields& fields) {
    SendPlan send;
    auto name = fields.eventName("event", step.name);
    if (!name) return Built::failure(name.error());
    send.name = std::move(*name);
    auto data = fields.object("data", step.data);
    if (!data) return Built::failure(data.error());
    send.data = std::move(*data);
    if (step.id) {
        auto id = fields.text("id", *step.id);
        if (!id) return Built::failure(id.error());
        send.id = std::move(*id);
    }
    if (step.ts) {
        const auto ts = fields.time("ts", *step.ts);
        if (!ts) return Built::failure(ts.error());
        send.ts = *ts;
    }
    return BuiltInPlan(std::move(send));
}

Built plan(const pipeline::InvokeStep& step, const BuiltInFields& fields) {
    auto data = fields.object("data", step.data);
    if (!data) return Built::failure(data.error());
    return BuiltInPlan(
        InvokePlan{.pipeline = step.pipeline, .data = std::move(*data), .wait = step.wait, .timeout = step.timeout});
}

Built plan(const pipeline::FailStep& step, const BuiltInFields& fields) {
    auto message = fields.text("message", step.message);
    if (!message) return Built::failure(message.error());
    return BuiltInPlan(FailPlan{.error = {.outcome = OutcomeClass::Permanent,
                                          .code = step.code,
                                          .message = std::move(*message),
                                          .details = {},
                                          .retryAfter = {}}});
}

Built plan(std::monostate, const BuiltInFields&) {
    return Built::failure({.outcome = OutcomeClass::Bug,
                           .code = "not_built_in",
                           .message = "a plugin does this step",
                           .details = {},
                           .retryAfter = {}});
}

}  // namespace

Result<BuiltInPlan, StepError> builtInOf(const Graph& graph, const ActiveRun& run, std::size_t place) {
    const BuiltInFields fields(graph, run, place);
    return std::visit([&fields](const auto& step) { return plan(step, fields); },
                      graph.of(run.steps[place]).step->builtIn);
}

}  // namespace stepd::engine
