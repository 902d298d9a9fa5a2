/* Libraries that load and should not have been made like this; which mistake, is said by a definition of the build and
 * by its link flags. */
#include <stepd/abi.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

#ifdef UNFIT_IMPORTS
extern int system(const char* command);
extern int socket(int domain, int type, int protocol);
extern char* getenv(const char* name);
extern char* strtok(char* text, const char* marks);
#endif
#ifdef UNFIT_EXPORTS
__attribute__((visibility("default"))) int unfit_helper(void) {
    return 1;
}
#endif

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config;
    *instance = 0;
    return STEPD_OK;
}

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    (void)instance, (void)ctx, (void)input;
#ifdef UNFIT_IMPORTS
    char text[] = "a b";
    if (input.len == 1) return system(strtok(text, " ")) + socket(1, 1, 0) + (getenv("HOME") != 0);
#endif
    return STEPD_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step = {
        .struct_size = sizeof(stepd_step_v1),
        .threading = STEPD_REENTRANT,
        .type = TEXT("unfit"),
        .summary = TEXT("does nothing"),
#ifdef UNFIT_SCHEMA
        .input_schema =
            TEXT("{\"type\":\"object\",\"properties\":{\"pages\":{\"type\":\"integer\",\"default\":\"five\"}}}"),
        .output_schema = TEXT("{\"type\":\"colour\"}"),
#else
        .input_schema = TEXT("{\"type\":\"object\"}"),
        .output_schema = TEXT("{\"type\":\"object\"}"),
#endif
        .create = create,
        .execute = execute,
        .destroy = destroy};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .name = TEXT("unfit"),
                                           .version = TEXT("1.0.0"),
                                           .license = TEXT("Apache-2.0"),
                                           .step_count = 1,
                                           .steps = steps};
    return &plugin;
}
