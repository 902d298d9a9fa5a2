/* A plugin that is built for the minor after today's: its tables have fields at their ends that this host does not
 * know. */
#include <stdio.h>
#include <stepd/abi.h>
#include <string.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

struct later_step {
    stepd_step_v1 known;
    stepd_str added;
};
struct later_plugin {
    stepd_plugin_v1 known;
    stepd_str added;
};
struct later_error {
    stepd_error_v1 known;
    stepd_str added;
};

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config;
    *instance = NULL;
    return STEPD_OK;
}

/* Says what the host has, with an error that is longer than the host knows. */
static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    const size_t next = sizeof(stepd_host_v1) + sizeof(void (*)(void));
    const char* said = ctx->host->struct_size >= next ? "a later host" : "this host";
    struct later_error error;
    (void)instance, (void)input;
    memset(&error, 0, sizeof error);
    error.known.struct_size = sizeof error;
    error.known.code = (stepd_str)TEXT("later");
    error.known.message = (stepd_str){said, strlen(said)};
    error.known.retry_after_ns = -1;
    ctx->host->set_error(ctx, &error.known);
    return STEPD_NOT_FOUND;
}

static void destroy(void* instance) {
    (void)instance;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const struct later_step step = {.known = {.struct_size = sizeof(struct later_step),
                                                     .threading = STEPD_REENTRANT,
                                                     .type = TEXT("later"),
                                                     .create = create,
                                                     .execute = execute,
                                                     .destroy = destroy},
                                           .added = TEXT("what this host does not know")};
    static const stepd_step_v1* const steps[] = {&step.known};
    static const struct later_plugin plugin = {.known = {.struct_size = sizeof(struct later_plugin),
                                                         .magic = STEPD_ABI_MAGIC,
                                                         .abi_major = STEPD_ABI_MAJOR,
                                                         .abi_minor = STEPD_ABI_MINOR + 1,
                                                         .min_abi_minor = STEPD_ABI_MINOR,
                                                         .name = TEXT("later"),
                                                         .version = TEXT("1"),
                                                         .step_count = 1,
                                                         .steps = steps},
                                               .added = TEXT("nor this")};
    return &plugin.known;
}
