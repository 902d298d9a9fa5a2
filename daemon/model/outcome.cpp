#include "model/outcome.h"

#include <array>
#include <utility>

namespace stepd {
namespace {

using enum OutcomeClass;
constexpr std::array kNames{
    std::pair{Ok, std::string_view("ok")},
    std::pair{Skipped, std::string_view("skipped")},
    std::pair{Transient, std::string_view("transient")},
    std::pair{RateLimited, std::string_view("rate_limited")},
    std::pair{Upstream, std::string_view("upstream")},
    std::pair{Timeout, std::string_view("timeout")},
    std::pair{InvalidInput, std::string_view("invalid_input")},
    std::pair{InvalidConfig, std::string_view("invalid_config")},
    std::pair{Unauthorized, std::string_view("unauthorized")},
    std::pair{NotFound, std::string_view("not_found")},
    std::pair{Conflict, std::string_view("conflict")},
    std::pair{Permanent, std::string_view("permanent")},
    std::pair{Cancelled, std::string_view("cancelled")},
    std::pair{Crash, std::string_view("crash")},
    std::pair{Oom, std::string_view("oom")},
    std::pair{Hang, std::string_view("hang")},
    std::pair{Lost, std::string_view("lost")},
    std::pair{Denied, std::string_view("denied")},
    std::pair{Bug, std::string_view("bug")},
};

}  // namespace

std::string_view toString(OutcomeClass outcome) {
    for (const auto& [value, name] : kNames)
        if (value == outcome) return name;
    return "unknown";
}

std::optional<OutcomeClass> parseOutcomeClass(std::string_view text) {
    for (const auto& [value, name] : kNames)
        if (name == text) return value;
    return std::nullopt;
}

bool reportableByPlugin(OutcomeClass outcome) {
    return static_cast<std::int32_t>(outcome) < 40 || outcome == Bug;
}

}  // namespace stepd
