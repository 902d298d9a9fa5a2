// A C++ exception crosses the ABI, which has no place for it.
#include <stepd/abi.h>

#include <stdexcept>

namespace {

constexpr stepd_str text(const char* literal, std::uint64_t size) {
    return {literal, size};
}

std::int32_t create(const stepd_ctx_v1*, stepd_str, void**) {
    return STEPD_OK;
}
std::int32_t execute(void*, const stepd_ctx_v1*, stepd_str) {
    throw std::runtime_error("out of a plugin");
}
void destroy(void*) {}

}  // namespace

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step{.struct_size = sizeof(stepd_step_v1),
                                    .threading = STEPD_INSTANCE_PER_WORKER,
                                    .type = text("throws_an_exception", 19),
                                    .summary = {},
                                    .config_schema = {},
                                    .input_schema = {},
                                    .output_schema = {},
                                    .validate_config = nullptr,
                                    .create = create,
                                    .execute = execute,
                                    .destroy = destroy,
                                    .health = nullptr};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin{.struct_size = sizeof(stepd_plugin_v1),
                                        .magic = STEPD_ABI_MAGIC,
                                        .abi_major = STEPD_ABI_MAJOR,
                                        .abi_minor = STEPD_ABI_MINOR,
                                        .min_abi_minor = 0,
                                        .reserved0 = 0,
                                        .name = text("throws", 6),
                                        .version = text("1", 1),
                                        .license = {},
                                        .source_url = {},
                                        .sdk = {},
                                        .vendor_tag = {},
                                        .step_count = 1,
                                        .reserved1 = 0,
                                        .steps = steps};
    return &plugin;
}
