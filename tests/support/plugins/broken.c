/* Libraries that no host should take; which one is said by a definition of the build. */
#include <stepd/abi.h>
#include <unistd.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

#ifdef BROKEN_EXIT
__attribute__((constructor)) static void leave(void) {
    _exit(7);
}
#endif
#ifdef BROKEN_CRASH
static volatile int* const nowhere = (volatile int*)64;
__attribute__((constructor)) static void readNowhere(void) {
    (void)*nowhere;
}
#endif
#ifdef BROKEN_HANG
__attribute__((constructor)) static void hang(void) {
    for (;;) pause();
}
#endif
#ifdef BROKEN_UNDEFINED
extern int stepd_test_symbol_that_nobody_defines(void);
int stepd_test_user(void) {
    return stepd_test_symbol_that_nobody_defines();
}
#endif

#ifndef BROKEN_SYMBOL
static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config, (void)instance;
    return STEPD_OK;
}
static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    (void)instance, (void)ctx, (void)input;
    return STEPD_OK;
}
static void destroy(void* instance) {
    (void)instance;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static stepd_step_v1 step = {.struct_size = sizeof(stepd_step_v1),
                                 .type = TEXT("broken"),
                                 .create = create,
                                 .execute = execute,
                                 .destroy = destroy};
    static const stepd_step_v1* steps[] = {&step, &step};
    static stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                     .magic = STEPD_ABI_MAGIC,
                                     .abi_major = STEPD_ABI_MAJOR,
                                     .name = TEXT("broken"),
                                     .version = TEXT("1"),
                                     .step_count = 1,
                                     .steps = steps};
#if defined(BROKEN_NULL)
    return 0;
#elif defined(BROKEN_MAJOR)
    plugin.abi_major = 2;
#elif defined(BROKEN_MINOR)
    plugin.min_abi_minor = 99;
#elif defined(BROKEN_MAGIC)
    plugin.magic = 1;
#elif defined(BROKEN_SHORT)
    plugin.struct_size = 40;
#elif defined(BROKEN_STEP_SHORT)
    step.struct_size = 16;
#elif defined(BROKEN_STEP_NULL)
    steps[0] = 0;
#elif defined(BROKEN_TEXT)
    step.summary = (stepd_str)TEXT("\xff\xfe");
#elif defined(BROKEN_LENGTH)
    step.type.len = 1ULL << 40;
#elif defined(BROKEN_TWICE)
    plugin.step_count = 2;
#elif defined(BROKEN_SCHEMA)
    step.input_schema = (stepd_str)TEXT("{\"type\": ");
#elif defined(BROKEN_NAME)
    plugin.name = (stepd_str)TEXT("../broken\n");
#endif
    return &plugin;
}
#endif
