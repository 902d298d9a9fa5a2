/* Steps that end their process. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "misbehave.h"

static volatile int zero;

STEP(dereferences_null) {
    dereference_null();
    return STEPD_OK;
}
STEP(aborts) {
    abort();
}
STEP(exits_0) {
    exit(0);
}
STEP(exits_3) {
    exit(3);
}
STEP(exits_at_once) {
    _exit(0);
}
STEP(divides_by_zero) {
    return done(ctx, "%d", 7 / zero);
}
STEP(runs_illegal_instruction) {
    __builtin_trap();
}
STEP(kills_itself) {
    raise(SIGKILL);
    return STEPD_OK;
}
STEP(terminates_itself) {
    kill(getpid(), SIGTERM);
    for (;;) pause();
}

static int deeper(volatile char* above) {
    volatile char frame[4096];
    frame[0] = above[0];
    return deeper(frame) + frame[0];
}
STEP(overflows_its_stack) {
    volatile char top = 0;
    return done(ctx, "%d", deeper(&top));
}

/* The allocator notices when it takes the block back. */
STEP(overruns_the_heap) {
    char* volatile block = malloc(64);
    char* volatile next = malloc(64);
    memset(block, 0x41, 64 + 64);
    free(next);
    free(block);
    abort();
}
STEP(frees_twice) {
    void* volatile block = malloc(4000);
    void* volatile again = block;
    free(block);
    free(again);
    abort();
}
STEP(writes_to_its_code) {
    *(volatile char*)(uintptr_t)&abort = 0;
    return STEPD_OK;
}
STEP(reads_beyond_a_file) {
    FILE* file = tmpfile();
    if (file == NULL) raise(SIGBUS); /* no place for files: the same end */
    char* map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 0);
    return done(ctx, "%d", map[0]);
}

/* To a frame that has returned: the C library notices and aborts. */
static jmp_buf gone;
__attribute__((noinline)) static int come_back(void) {
    volatile char frame[256] = {0};
    return setjmp(gone) + frame[zero];
}
STEP(jumps_out) {
    if (come_back() == 0) longjmp(gone, 1);
    abort();
}

/* The thread is the host's. */
STEP(ends_its_thread) {
    pthread_exit(NULL);
}

static void handle(int number) {
    (void)number; /* and back to the fault */
}
STEP(handles_its_faults_for_ever) {
    signal(SIGSEGV, handle);
    dereference_null();
    return STEPD_OK;
}

static void* fault(void* unused) {
    (void)unused;
    dereference_null();
    return NULL;
}
/* Its own thread dies beside the call. */
STEP(crashes_in_its_thread) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, fault, NULL) != 0) abort();
    pthread_join(thread, NULL);
    return STEPD_OK;
}

/* Dies right after its answer: the answer counts or the death, and never both. */
static void* soon(void* unused) {
    (void)unused;
    raise(SIGKILL);
    return NULL;
}
STEP(dies_as_it_answers) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, soon, NULL) != 0) abort();
    return done(ctx, "1");
}

PLUGIN("deaths")
