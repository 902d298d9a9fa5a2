#include "api/run_selection.h"

#include "base/error.h"
#include "base/units.h"

namespace stepd::api {
namespace {

using Outcome = Result<store::RunFilter, std::string>;

std::optional<Timestamp> timeOf(const std::string& text, Timestamp now) {
    if (const auto time = parseRfc3339(text)) return time;
    const auto ago = parseDuration(text);
    if (!ago) return std::nullopt;
    return now - std::chrono::floor<std::chrono::microseconds>(*ago);
}

/// False if one of them is no state.
bool readStates(std::string_view text, std::vector<RunState>& states) {
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto state = parseRunState(text.substr(at, end - at));
        if (!state) return false;
        states.push_back(*state);
        at = end + 1;
    }
    return true;
}

}  // namespace

Outcome readRunFilter(const std::function<std::optional<std::string>(std::string_view)>& valueOf, Timestamp now) {
    store::RunFilter filter;
    filter.pipeline = valueOf("pipeline");
    if (const auto states = valueOf("state"); states && !readStates(*states, filter.states))
        return Outcome::failure("state must be run states, such as failed or queued,waiting");
    for (auto [name, time] : {std::pair{"since", &filter.createdSince}, std::pair{"until", &filter.createdUntil}}) {
        const auto text = valueOf(name);
        if (!text) continue;
        *time = timeOf(*text, now);
        if (!*time)
            return Outcome::failure(std::string(name) +
                                    " must be a time, such as 2026-01-02T03:04:05Z, or how long "
                                    "ago it was, such as 2h");
    }
    if (const auto event = valueOf("event")) {
        const auto ref = parseEventId(*event);
        if (!ref) return Outcome::failure("event must be the id of an event");
        filter.event = ref->id;
    }
    return filter;
}

std::optional<std::size_t> countRuns(store::Readers& readers, const store::RunFilter& filter) {
    try {
        return readers.countRuns(filter);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Unavailable) throw;
        return std::nullopt;
    }
}

}  // namespace stepd::api
