#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stepd::pipeline {

// The families of the lanes of flow control: what `family` of Concurrency, Rate and the like holds. engine/lanes.h
// lists them. They hang on ids and names alone, so a limit that an operator changes holds for the runs that wait
// already.

enum class LimitScope { Pipeline, Global };

/// Of a `concurrency` entry of a pipeline. `name` is empty for an unnamed one, which `number` (from 1, among the
/// unnamed ones) tells from the others; a global one has a name.
std::string concurrencyFamily(std::string_view pipeline, std::string_view name, LimitScope scope, std::size_t number);
/// Of the `number`-th `concurrency` entry of a step, from 1.
std::string stepConcurrencyFamily(std::string_view pipeline, std::string_view step, std::size_t number);
std::string throttleFamily(std::string_view pipeline);
std::string rateLimitFamily(std::string_view pipeline);
std::string singletonFamily(std::string_view pipeline);
std::string debounceFamily(std::string_view pipeline);
std::string batchFamily(std::string_view pipeline);

/// `global:NAME`.
bool isGlobalFamily(std::string_view family);
/// The words that stand before the colon of a family which is no pipeline's own, `global:NAME`: no id for a pipeline.
bool isReservedPipelineId(std::string_view id);
/// The words that stand behind the colon for something else than a limit that was given a name: no name for one of a
/// pipeline's own limits.
bool isReservedLimitName(std::string_view name);

}  // namespace stepd::pipeline
