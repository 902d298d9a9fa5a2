/* Steps that take without end; each stops by itself at a bound that a machine for tests can bear. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "misbehave.h"

enum { kBlock = 1 << 20 };

/* Up to 512 MiB, and all of it touched; then nothing more comes of malloc. */
static int take_all(const stepd_ctx_v1* ctx) {
    for (int i = 0; i < 512; ++i) {
        char* volatile block = malloc(kBlock);
        if (block == NULL) return 0;
        memset(block, i, kBlock);
        ctx->host->progress(ctx, i / 512.0, text_of("more"));
    }
    return 1;
}
STEP(takes_all_memory) {
    return done(ctx, take_all(ctx) ? "\"all\"" : "\"no more\"");
}
STEP(takes_all_memory_and_more) {
    if (take_all(ctx)) return done(ctx, "\"all\"");
    char* block = malloc(kBlock);
    memset(block, 1, kBlock);
    return done(ctx, "\"all\"");
}
/* In pieces so small that each looks harmless. */
STEP(leaks_small_blocks) {
    for (int i = 0; i < 4 * 1024 * 1024; ++i) {
        char* volatile block = malloc(100);
        if (block == NULL) abort();
        block[0] = 1;
    }
    return done(ctx, "\"all\"");
}
/* A little in each call: nothing is wrong with any of them. */
STEP(leaks_from_call_to_call) {
    char* volatile block = malloc(32 * kBlock);
    if (block == NULL) abort();
    memset(block, 1, 32 * kBlock);
    return done(ctx, "\"a little\"");
}
/* Room alone: nothing is used. */
STEP(reserves_a_tebibyte) {
    void* map = mmap(NULL, 1UL << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return done(ctx, map == MAP_FAILED ? "\"no more\"" : "\"reserved\"");
}

static void* wait_for_ever(void* unused) {
    (void)unused;
    for (;;) pause();
}
STEP(leaks_threads) {
    int started = 0;
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    while (started < 2000 && pthread_create(&thread, &small, wait_for_ever, NULL) == 0) ++started;
    return done(ctx, "{\"limited\":%d}", started < 2000);
}
STEP(takes_the_processor) {
    for (volatile uint64_t i = 0;; ++i) {
    }
}

static int scratch(void) {
    char path[512];
    const char* folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/large", folder == NULL ? "." : folder);
    return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}
/* At most 64 MiB. */
STEP(fills_the_disk) {
    static char block[kBlock];
    const int fd = scratch();
    if (fd < 0) return tried(ctx, "open", fd);
    for (int i = 0; i < 64; ++i)
        if (write(fd, block, sizeof block) < 0) return tried(ctx, "write", -1);
    return done(ctx, "\"all\"");
}
STEP(fills_the_disk_and_ignores_the_signal) {
    static char block[kBlock];
    signal(SIGXFSZ, SIG_IGN);
    const int fd = scratch();
    if (fd < 0) return tried(ctx, "open", fd);
    for (int i = 0; i < 64; ++i)
        if (write(fd, block, sizeof block) < 0) return tried(ctx, "write", -1);
    return done(ctx, "\"all\"");
}
STEP(answers_too_much) {
    char* json = malloc(kBlock);
    if (json == NULL) abort();
    memset(json, 'x', kBlock);
    json[0] = json[kBlock - 1] = '"';
    ctx->host->set_output(ctx, (stepd_str){json, kBlock});
    return STEPD_OK;
}
STEP(calls_the_host_too_often) {
    for (int i = 0; i < 1000; ++i) ctx->host->log(ctx, STEPD_LOG_DEBUG, text_of("again"));
    return done(ctx, "1");
}

PLUGIN("hogs")
