#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <stepd/capabilities.h>
#include <stepd/context.h>

namespace stepd {

/// Who may call a step object at the same time.
enum class Threading : std::int32_t {
    Serial = STEPD_SERIAL,                          ///< one call at a time in the whole worker process
    InstancePerThread = STEPD_INSTANCE_PER_WORKER,  ///< an object for each thread; each sees one call at a time
    Reentrant = STEPD_REENTRANT,                    ///< one object, called by several threads at once
};

/// What the host knows of a step type without running it. Schemas are JSON Schema text, or empty.
struct Manifest {
    std::string_view name;  ///< the step type; of a plugin with one step, the plugin's name too
    std::string_view version;
    std::string_view summary;  ///< one sentence
    Threading threading = Threading::Serial;
    std::string_view configSchema = {};
    std::string_view inputSchema = {};
    std::string_view outputSchema = {};
    std::string_view license = {};  ///< SPDX, `Apache-2.0`; of a plugin with several steps, that of the first
};

enum class HealthStatus : std::int32_t {
    Healthy = STEPD_HEALTHY,
    Limited = STEPD_LIMITED,  ///< works, but not all of it: no API key, a fallback in use
    Unhealthy = STEPD_UNHEALTHY,
};

struct Health {
    HealthStatus status = HealthStatus::Healthy;
    std::string message = {};
    Json details = {};
};

/// A step. Derive, declare `static constexpr stepd::Manifest manifest{...}`, `static constexpr stepd::Capabilities
/// capabilities{...}` and a constructor from `const stepd::Json& options` (the plugin's options in stepd.yaml with the
/// step's `with` merged over them; throw InvalidConfig), or from a reflected struct that the class names `Config`, and
/// export it. Reflected structs that it names `Input` and `Output` describe both; TypedStep reads and writes them too.
/// The object is kept and serves many calls, as its manifest's `threading` says. An exception out of `run` ends the
/// call as class `bug`.
class Step {
public:
    virtual ~Step() = default;
    virtual Outcome run(Context& ctx) = 0;
    /// Fast, without network.
    virtual Health health() { return {}; }
};

}  // namespace stepd

#include <stepd/export.h>
#include <stepd/typed_step.h>
