#pragma once

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <stepd/config.h>
#include <stepd/step.h>

/// Exports a plugin with one step type, named and versioned by the step's manifest. Once, in one source file.
#define STEPD_EXPORT_STEP(StepType) STEPD_EXPORT_PLUGIN(StepType::manifest.name, StepType::manifest.version, StepType)

/// Exports a plugin with several step types: STEPD_EXPORT_PLUGIN("shop", "1.2.0", ReserveStep, ChargeStep).
#define STEPD_EXPORT_PLUGIN(pluginName, pluginVersion, ...)                                        \
    extern "C" STEPD_EXPORT const stepd_plugin_v1* stepd_plugin_v1_get(void) {                     \
        static const stepd::detail::PluginTable<__VA_ARGS__> table((pluginName), (pluginVersion)); \
        return table.get();                                                                        \
    }

namespace stepd::detail {

/// Hands an outcome to the host's sinks and returns its class.
inline std::int32_t report(const stepd_ctx_v1* ctx, const Outcome& outcome) {
    const stepd_host_v1& host = *ctx->host;
    if (!outcome.resumeToken().empty()) host.set_resume_token(ctx, borrow(outcome.resumeToken()));
    if (outcome.ok()) {
        host.set_output(ctx, borrow(dump(outcome.output())));
        return STEPD_OK;
    }
    const std::string details = outcome.details().is_null() ? std::string() : dump(outcome.details());
    const stepd_error_v1 error{.struct_size = sizeof(error),
                               .reserved0 = 0,
                               .code = borrow(outcome.code()),
                               .message = borrow(outcome.message()),
                               .details = borrow(details),
                               .retry_after_ns = outcome.retryAfter() ? outcome.retryAfter()->count() : -1};
    host.set_error(ctx, &error);
    return static_cast<std::int32_t>(outcome.outcomeClass());
}

/// Runs `body`, which returns a class; an exception becomes one.
template <typename Body>
std::int32_t guarded(const stepd_ctx_v1* ctx, Class onJsonError, Body&& body) noexcept {
    try {
        try {
            return body();
        } catch (const InvalidConfig& e) {
            return report(ctx, invalidConfig(e.code(), e.what()));
        } catch (const Json::exception& e) {
            return report(ctx,
                          Outcome(onJsonError, onJsonError == Class::Bug ? "exception" : "invalid_options", e.what()));
        } catch (const std::bad_alloc& e) {
            return report(ctx, Outcome(Class::Bug, "out_of_memory", e.what()));
        } catch (const std::exception& e) {
            return report(ctx, Outcome(Class::Bug, "exception", e.what()));
        } catch (...) {
            return report(ctx, Outcome(Class::Bug, "exception", "an exception of unknown type left the step"));
        }
    } catch (...) {
        return STEPD_BUG;  // not even the report fits into memory
    }
}

/// The C functions of one step type.
template <typename StepType>
struct StepEntry {
    static std::unique_ptr<Step> make(stepd_str config) {
        Json options = Json::parse(view(config));
        if (!options.is_object()) throw InvalidConfig("options must be an object");
        if constexpr (Configured<StepType>)
            return std::make_unique<StepType>(readConfig<typename StepType::Config>(options));
        else
            return std::make_unique<StepType>(std::as_const(options));
    }

    static std::int32_t validateConfig(const stepd_ctx_v1* ctx, stepd_str config) noexcept {
        return guarded(ctx, Class::InvalidConfig, [&] { return make(config), std::int32_t{STEPD_OK}; });
    }

    static std::int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) noexcept {
        return guarded(ctx, Class::InvalidConfig, [&] {
            *instance = make(config).release();
            return std::int32_t{STEPD_OK};
        });
    }

    static std::int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) noexcept {
        return guarded(ctx, Class::Bug, [&] {
            const Json json = Json::parse(view(input), nullptr, /*allow_exceptions=*/false);
            if (json.is_discarded()) return report(ctx, invalidInput("not_json", "the input is not JSON"));
            Context context(*ctx, json, view(input));
            return report(ctx, static_cast<Step*>(instance)->run(context));
        });
    }

    static void destroy(void* instance) noexcept { delete static_cast<Step*>(instance); }

    static std::int32_t health(void* instance, const stepd_ctx_v1* ctx) noexcept {
        const auto status = guarded(ctx, Class::Bug, [&] {
            const Health health = static_cast<Step*>(instance)->health();
            (void)report(ctx, Outcome(Class::Permanent, "health", health.message).details(health.details));
            return static_cast<std::int32_t>(health.status);
        });
        return status > STEPD_UNHEALTHY ? std::int32_t{STEPD_UNHEALTHY} : status;
    }
};

// The manifest's schemas, or those of the structs that the step names `Config`, `Input` and `Output`.

template <typename StepType>
std::string configSchemaTextOf() {
    if constexpr (Configured<StepType>) {
        if (StepType::manifest.configSchema.empty()) return dump(configSchemaOf<typename StepType::Config>());
    }
    return std::string(StepType::manifest.configSchema);
}

template <typename StepType>
std::string inputSchemaOf() {
    if constexpr (requires { requires Reflected<typename StepType::Input>; }) {
        if (StepType::manifest.inputSchema.empty()) return dump(Codec<typename StepType::Input>::schema(Use::Input));
    }
    return std::string(StepType::manifest.inputSchema);
}

template <typename StepType>
std::string outputSchemaOf() {
    if constexpr (requires { requires Reflected<typename StepType::Output>; }) {
        if (StepType::manifest.outputSchema.empty()) return dump(Codec<typename StepType::Output>::schema(Use::Output));
    }
    return std::string(StepType::manifest.outputSchema);
}

/// Empty if the step does not say what it asks for.
template <typename StepType>
std::string capabilitiesOf() {
    if constexpr (requires { StepType::capabilities; })
        return dump(toJson(StepType::capabilities));
    else
        return {};
}

template <typename First, typename...>
constexpr std::string_view firstLicense() {
    return First::manifest.license;
}

/// What stepd_plugin_v1_get returns, and all it points to.
template <typename... Steps>
class PluginTable {
public:
    PluginTable(std::string_view name, std::string_view version)
        : configSchemas_{configSchemaTextOf<Steps>()...},
          inputSchemas_{inputSchemaOf<Steps>()...},
          outputSchemas_{outputSchemaOf<Steps>()...},
          capabilities_{capabilitiesOf<Steps>()...} {
        std::size_t i = 0;
        ((steps_[i] = step<Steps>(i), pointers_[i] = &steps_[i], ++i), ...);
        plugin_ = {.struct_size = sizeof(plugin_),
                   .magic = STEPD_ABI_MAGIC,
                   .abi_major = STEPD_ABI_MAJOR,
                   .abi_minor = STEPD_ABI_MINOR,
                   .min_abi_minor = 0,
                   .reserved0 = 0,
                   .name = borrow(name),
                   .version = borrow(version),
                   .license = borrow(firstLicense<Steps...>()),
                   .source_url = {},
                   .sdk = borrow("stepd-sdk 1.1"),
                   .vendor_tag = {},
                   .step_count = sizeof...(Steps),
                   .reserved1 = 0,
                   .steps = pointers_};
    }
    PluginTable(const PluginTable&) = delete;
    PluginTable& operator=(const PluginTable&) = delete;
    const stepd_plugin_v1* get() const { return &plugin_; }

private:
    template <typename StepType>
    stepd_step_v1 step(std::size_t i) const {
        const Manifest& manifest = StepType::manifest;
        return {.struct_size = sizeof(stepd_step_v1),
                .threading = static_cast<std::int32_t>(manifest.threading),
                .type = borrow(manifest.name),
                .summary = borrow(manifest.summary),
                .config_schema = borrow(configSchemas_[i]),
                .input_schema = borrow(inputSchemas_[i]),
                .output_schema = borrow(outputSchemas_[i]),
                .validate_config = &StepEntry<StepType>::validateConfig,
                .create = &StepEntry<StepType>::create,
                .execute = &StepEntry<StepType>::execute,
                .destroy = &StepEntry<StepType>::destroy,
                .health = &StepEntry<StepType>::health,
                .capabilities = borrow(capabilities_[i])};
    }

    const std::string configSchemas_[sizeof...(Steps)];
    const std::string inputSchemas_[sizeof...(Steps)];
    const std::string outputSchemas_[sizeof...(Steps)];
    const std::string capabilities_[sizeof...(Steps)];
    stepd_step_v1 steps_[sizeof...(Steps)]{};
    const stepd_step_v1* pointers_[sizeof...(Steps)]{};
    stepd_plugin_v1 plugin_{};
};

}  // namespace stepd::detail
