/* A whole plugin in C: returns its input. With the configuration {"text":"raw"} it answers with bytes that are no
 * UTF-8, with {"text":"class"} with a class that does not exist, with {"text":"json"} with something that is not JSON.
 */
#include <stepd/abi.h>
#include <string.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static int instances[4];

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    static const struct {
        const char* word;
        int mode;
    } modes[] = {{"\"raw\"", 1}, {"\"class\"", 2}, {"\"json\"", 3}};
    int mode = 0;
    (void)ctx;
    for (size_t i = 0; i < 3; ++i)
        for (size_t at = 0; at + strlen(modes[i].word) <= config.len; ++at)
            if (memcmp(config.ptr + at, modes[i].word, strlen(modes[i].word)) == 0) mode = modes[i].mode;
    *instance = &instances[mode];
    return STEPD_OK;
}

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    const stepd_str raw = TEXT("\"\xC3\x28\"");
    const stepd_str broken = TEXT("{\"open\": ");
    if (instance == &instances[1])
        ctx->host->set_output(ctx, raw);
    else if (instance == &instances[3])
        ctx->host->set_output(ctx, broken);
    else
        ctx->host->set_output(ctx, input);
    return instance == &instances[2] ? 41 : STEPD_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step = {.struct_size = sizeof(stepd_step_v1),
                                       .threading = STEPD_REENTRANT,
                                       .type = TEXT("c_echo"),
                                       .summary = TEXT("returns its input"),
                                       .create = create,
                                       .execute = execute,
                                       .destroy = destroy};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .abi_minor = STEPD_ABI_MINOR,
                                           .name = TEXT("c_echo"),
                                           .version = TEXT("0.1.0"),
                                           .step_count = 1,
                                           .steps = steps};
    return &plugin;
}
