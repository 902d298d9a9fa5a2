/* A step that costs nothing: 200 bytes of JSON, whatever comes in. STEP_THREADING says who may call it at once. */
#include <stepd/abi.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }
#define TEN "xxxxxxxxxx"
#define FIFTY TEN TEN TEN TEN TEN

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx;
    (void)config;
    *instance = (void*)0;
    return STEPD_OK;
}

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    const stepd_str output = TEXT("{\"text\":\"" FIFTY FIFTY FIFTY TEN TEN TEN TEN "\"}");
    (void)instance;
    (void)input;
    ctx->host->set_output(ctx, output);
    return STEPD_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

STEPD_EXPORT const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step = {.struct_size = sizeof(stepd_step_v1),
                                       .threading = STEP_THREADING,
                                       .type = TEXT("trivial"),
                                       .summary = TEXT("returns 200 bytes"),
                                       .create = create,
                                       .execute = execute,
                                       .destroy = destroy};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .abi_minor = STEPD_ABI_MINOR,
                                           .name = TEXT("trivial"),
                                           .version = TEXT("1.0.0"),
                                           .step_count = 1,
                                           .steps = steps};
    return &plugin;
}
