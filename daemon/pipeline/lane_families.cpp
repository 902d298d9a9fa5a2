#include "pipeline/lane_families.h"

#include <algorithm>
#include <array>

namespace stepd::pipeline {
namespace {

constexpr std::string_view kGlobal = "global";
constexpr std::string_view kCollect = "collect";
constexpr std::string_view kLimiter = "limiter";
constexpr std::string_view kPaused = "paused";  // the line of a paused pipeline, in the engine

std::string joined(std::string_view owner, std::string_view what) {
    return std::string(owner) + ":" + std::string(what);
}

std::string numbered(std::size_t number) {
    return number > 1 ? "concurrency." + std::to_string(number) : "concurrency";
}

}  // namespace

std::string concurrencyFamily(std::string_view pipeline, std::string_view name, LimitScope scope, std::size_t number) {
    if (scope == LimitScope::Global) return joined(kGlobal, name);
    return joined(pipeline, name.empty() ? numbered(number) : std::string(name));
}

std::string stepConcurrencyFamily(std::string_view pipeline, std::string_view step, std::size_t number) {
    return joined(std::string(pipeline) + "/" + std::string(step), numbered(number));
}

std::string throttleFamily(std::string_view pipeline) {
    return joined(pipeline, "throttle");
}
std::string rateLimitFamily(std::string_view pipeline) {
    return joined(pipeline, "rate_limit");
}
std::string singletonFamily(std::string_view pipeline) {
    return joined(pipeline, "singleton");
}
std::string debounceFamily(std::string_view pipeline) {
    return joined(kCollect, joined(pipeline, "debounce"));
}
std::string batchFamily(std::string_view pipeline) {
    return joined(kCollect, joined(pipeline, "batch"));
}

bool isGlobalFamily(std::string_view family) {
    return family.starts_with("global:");
}

bool isReservedPipelineId(std::string_view id) {
    return id == kGlobal || id == kCollect || id == kLimiter || id == kPaused;
}

bool isReservedLimitName(std::string_view name) {
    constexpr std::array<std::string_view, 3> kWords = {"throttle", "rate_limit", "singleton"};
    return name == "concurrency" || name.starts_with("concurrency.") ||
           std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

}  // namespace stepd::pipeline
