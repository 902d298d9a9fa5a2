#include "host/health_answer.h"

#include <array>
#include <string>

#include "json/json_text.h"

namespace stepd::host {
namespace {

std::string rawOf(const std::string& json, const char* key) {
    const std::array path{std::string(key)};
    return std::string(json::rawAt(json, path).value_or("null"));
}

}  // namespace

PluginHealth readHealth(const StepResult& result) {
    if (result.outcome != OutcomeClass::Ok) return {HealthState::Unhealthy, result.error.message, {}};
    PluginHealth health{HealthState::Unhealthy, json::stringOf(rawOf(result.output, "message")).value_or(""),
                        rawOf(result.output, "details")};
    if (health.details == "null") health.details.clear();
    const auto status = json::stringOf(rawOf(result.output, "status")).value_or("");
    for (const auto state : {HealthState::Healthy, HealthState::Limited})
        if (status == toString(state)) health.state = state;
    return health;
}

}  // namespace stepd::host
