#include "pipeline/event_match_reader.h"

#include "pipeline/names.h"

namespace stepd::pipeline {

EventMatch readEventMatch(yaml::Reader& fields, ExpressionReader& expressions, Place place) {
    EventMatch match;
    fields.require({"event"});
    if (fields.read("event", match.event) && !isEventPattern(match.event))
        fields.error("event", "`" + match.event + "` is no name of an event",
                     "use letters, digits and . _ - / :, and * as a wildcard");
    match.condition = expressions.bare(fields, "if", place);
    if (match.condition) {
        if (auto equality = match.condition->equalityWith("async"))
            match.correlation = Correlation{std::move(equality->path), std::move(equality->value)};
    }
    Duration timeout{};
    if (fields.read("timeout", timeout, {1ms, kLongestWait})) match.timeout = timeout;
    return match;
}

}  // namespace stepd::pipeline
