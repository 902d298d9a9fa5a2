/* Libraries that misbehave before any step is called; how is said by a definition of the build. Those of
 * tests/support/plugins/broken.c belong to them. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "misbehave.h"

#if defined(LOAD_CRASHES)
__attribute__((constructor)) static void begin(void) {
    dereference_null();
}
#elif defined(LOAD_EXITS)
__attribute__((constructor)) static void begin(void) {
    exit(0);
}
#elif defined(LOAD_SPINS)
__attribute__((constructor)) static void begin(void) {
    for (volatile int i = 0;; ++i) {
    }
}
#elif defined(LOAD_FLOODS)
__attribute__((constructor)) static void begin(void) {
    for (int i = 0; i < 100000; ++i) puts("from a constructor");
}
#elif defined(LOAD_CLOSES)
__attribute__((constructor)) static void begin(void) {
    for (int fd = 3; fd < 64; ++fd) close(fd);
}
#elif defined(LOAD_WRITES_RUBBISH)
__attribute__((constructor)) static void begin(void) {
    char rubbish[777];
    memset(rubbish, 0xA5, sizeof rubbish);
    for (int fd = 0; fd < 64; ++fd) (void)!write(fd, rubbish, sizeof rubbish);
}
#elif defined(LOAD_STARTS_A_THREAD)
static void* spin(void* unused) {
    (void)unused;
    for (volatile int i = 0;; ++i) usleep(100);
    return NULL;
}
__attribute__((constructor)) static void begin(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
}
#elif defined(LOAD_BLOCKS_SIGNALS)
__attribute__((constructor)) static void begin(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < 32; ++number) signal(number, SIG_IGN);
}
#elif defined(LOAD_CRASHES_AT_THE_END)
__attribute__((destructor)) static void end(void) {
    dereference_null();
}
#endif

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    (void)instance, (void)input;
    return done(ctx, "1");
}

#if defined(LOAD_HEALTH_CRASHES)
#define HEALTH health
static int32_t health(void* instance, const stepd_ctx_v1* ctx) {
    (void)instance, (void)ctx;
    dereference_null();
    return STEPD_HEALTHY;
}
#elif defined(LOAD_HEALTH_HANGS)
#define HEALTH health
static int32_t health(void* instance, const stepd_ctx_v1* ctx) {
    (void)instance, (void)ctx;
    for (;;) pause();
}
#elif defined(LOAD_HEALTH_IS_RUBBISH)
#define HEALTH health
static int32_t health(void* instance, const stepd_ctx_v1* ctx) {
    (void)instance;
    fails(ctx, STEPD_OK, (stepd_error_v1){.message = TEXT("\x1b[2J\n"), .details = TEXT("{\"open\": ")});
    return -7;
}
#else
#define HEALTH NULL
#endif

static stepd_step_v1 step = {.struct_size = sizeof(stepd_step_v1),
                             .threading = STEPD_INSTANCE_PER_WORKER,
                             .type = TEXT("step"),
                             .create = create_nothing,
                             .execute = execute,
                             .destroy = destroy_nothing,
                             .health = HEALTH};
static const stepd_step_v1* steps[65] = {&step};
static stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                 .magic = STEPD_ABI_MAGIC,
                                 .abi_major = STEPD_ABI_MAJOR,
                                 .name = TEXT("load"),
                                 .version = TEXT("1"),
                                 .step_count = 1,
                                 .steps = steps};

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
#if defined(LOAD_GET_CRASHES)
    dereference_null();
#elif defined(LOAD_GET_RETURNS_A_WILD_POINTER)
    return (const stepd_plugin_v1*)(uintptr_t)0xdeadbeef0;
#elif defined(LOAD_HAS_NO_STEPS)
    plugin.step_count = 0;
#elif defined(LOAD_HAS_NO_STEP_TABLE)
    plugin.steps = NULL;
#elif defined(LOAD_HAS_TOO_MANY_STEPS)
    plugin.step_count = 65;
    for (int i = 0; i < 65; ++i) steps[i] = &step;
#elif defined(LOAD_HAS_BILLIONS_OF_STEPS)
    plugin.step_count = UINT32_MAX;
#elif defined(LOAD_HAS_NO_EXECUTE)
    step.execute = NULL;
#elif defined(LOAD_HAS_A_WILD_STEP)
    steps[0] = (const stepd_step_v1*)(uintptr_t)0xdeadbeef0;
#elif defined(LOAD_NAME_IS_NULL)
    plugin.name = (stepd_str){NULL, 12};
#elif defined(LOAD_NAME_IS_EMPTY)
    plugin.name = (stepd_str){"", 0};
#elif defined(LOAD_NAME_IS_NO_UTF8)
    plugin.name = (stepd_str)TEXT("\xC3\x28");
#elif defined(LOAD_STEP_NAME_IS_A_PATH)
    step.type = (stepd_str)TEXT("../../etc/passwd");
#elif defined(LOAD_STEP_NAME_IS_AN_ESCAPE)
    step.type = (stepd_str)TEXT("\x1b[31mred");
#elif defined(LOAD_STEP_NAME_HAS_A_NUL)
    step.type = (stepd_str)TEXT("st\0ep");
#elif defined(LOAD_SUMMARY_IS_AN_ESCAPE)
    step.summary = (stepd_str)TEXT("\x1b[2J\x1b]0;root\x07 and\nlines");
#elif defined(LOAD_THREADING_IS_UNKNOWN)
    step.threading = 99;
#elif defined(LOAD_SCHEMA_IS_HUGE)
    static char schema[1 << 20];
    memset(schema, ' ', sizeof schema);
    schema[0] = '{', schema[sizeof schema - 1] = '}';
    step.config_schema = (stepd_str){schema, sizeof schema};
#elif defined(LOAD_SCHEMA_IS_DEEP)
    static char schema[100000];
    memset(schema, '[', sizeof schema / 2);
    memset(schema + sizeof schema / 2, ']', sizeof schema / 2);
    step.config_schema = (stepd_str){schema, sizeof schema};
#elif defined(LOAD_SCHEMA_IS_NO_SCHEMA)
    step.config_schema = (stepd_str)TEXT("{\"type\": 7, \"pattern\": \"(((\"}");
#elif defined(LOAD_IS_LARGER_THAN_WE_KNOW)
    plugin.struct_size = step.struct_size = UINT32_MAX;
#endif
    return &plugin;
}
