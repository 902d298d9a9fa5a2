/* Steps that do not come back. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "misbehave.h"

static volatile int never;

STEP(spins) {
    while (!never) {
    }
    return STEPD_OK;
}
/* It looks, and goes on. */
STEP(ignores_the_cancel_flag) {
    volatile int32_t last = 0;
    while (!never) last = ctx->host->cancelled(ctx);
    return last;
}
STEP(sleeps_for_ever) {
    for (;;) pause();
}
STEP(deadlocks) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return STEPD_OK;
}
STEP(ignores_sigterm) {
    signal(SIGTERM, SIG_IGN);
    for (;;) pause();
}
STEP(blocks_all_signals) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    while (!never) {
    }
    return STEPD_OK;
}
STEP(stops_itself) {
    raise(SIGSTOP);
    for (;;) pause();
}
static void* spin(void* unused) {
    (void)unused;
    while (!never) {
    }
    return NULL;
}
STEP(waits_for_its_own_thread) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, spin, NULL) != 0) abort();
    pthread_join(thread, NULL);
    return STEPD_OK;
}
/* Too late: what it says then counts for nothing. */
STEP(answers_after_its_deadline) {
    while (ctx->host->cancelled(ctx) == STEPD_CANCEL_NONE) usleep(1000);
    return done(ctx, "\"late\"");
}
STEP(closes_the_cancel_descriptor) {
    close(ctx->host->cancel_fd(ctx));
    for (;;) pause();
}
/* Its signals end up in any thread of the process, and none returns. */
static void handle(int number) {
    (void)number;
    for (;;) pause();
}
STEP(stalls_all_threads) {
    signal(SIGUSR1, handle);
    for (int i = 0; i < 64; ++i) kill(getpid(), SIGUSR1);
    for (;;) pause();
}

PLUGIN("stalls")
