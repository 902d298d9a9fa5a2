/* Steps that abuse the host's services and its descriptors. */
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "misbehave.h"

static void write_all(int fd, const char* bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        const ssize_t n = write(fd, bytes + at, size - at);
        if (n <= 0) return;
        at += (size_t)n;
    }
}

STEP(writes_rubbish_to_every_descriptor) {
    char rubbish[777];
    memset(rubbish, 0xA5, sizeof rubbish);
    for (int fd = 0; fd < 64; ++fd) (void)!write(fd, rubbish, sizeof rubbish);
    return done(ctx, "1");
}
/* Right in form, from a worker that has another number on its lips. */
STEP(forges_a_frame) {
    const struct {
        uint32_t length;
        uint16_t type, flags;
        uint64_t sequence, token, body_bytes;
    } header = {32, 66, 0, 1, 1, 0};
    for (int fd = 3; fd < 64; ++fd) (void)!write(fd, &header, sizeof header);
    return done(ctx, "1");
}
STEP(closes_all_descriptors) {
    for (int fd = 0; fd < 1024; ++fd) close(fd);
    return done(ctx, "1");
}
STEP(closes_its_standard_streams) {
    for (int fd = 0; fd < 3; ++fd) close(fd);
    return done(ctx, "1");
}
/* Into the numbers above the standard ones. */
STEP(puts_others_in_place_of_its_descriptors) {
    const int null = open("/dev/null", O_RDWR);
    for (int fd = 3; fd < 16; ++fd)
        if (fd != null) dup2(null, fd);
    return done(ctx, "1");
}
STEP(leaks_descriptors) {
    int opened = 0;
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) ++opened;
    return done(ctx, "%d", opened > 0);
}
/* A large answer needs a descriptor, and there is none. */
STEP(leaks_descriptors_and_answers_at_length) {
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
    }
    const size_t size = 1UL << 20;
    char* json = malloc(size);
    memset(json, 'x', size);
    json[0] = json[size - 1] = '"';
    ctx->host->set_output(ctx, (stepd_str){json, size});
    return STEPD_OK;
}

STEP(floods_stdout) {
    static char lines[1 << 20];
    memset(lines, 'o', sizeof lines);
    for (size_t at = 99; at < sizeof lines; at += 100) lines[at] = '\n';
    for (int i = 0; i < 100; ++i) write_all(STDOUT_FILENO, lines, sizeof lines);
    return done(ctx, "1");
}
STEP(writes_a_line_without_end) {
    static char bytes[1 << 20];
    memset(bytes, 'e', sizeof bytes);
    for (int i = 0; i < 16; ++i) write_all(STDERR_FILENO, bytes, sizeof bytes);
    return done(ctx, "1");
}
STEP(floods_the_log) {
    const stepd_str line = TEXT("again and again");
    for (int i = 0; i < 100000; ++i) ctx->host->log(ctx, STEPD_LOG_ERROR, line);
    return done(ctx, "1");
}
STEP(floods_progress) {
    const stepd_str note = TEXT("nearly there");
    for (int i = 0; i < 100000; ++i) ctx->host->progress(ctx, 0.0 / 0.0, note);
    return done(ctx, "1");
}
STEP(forges_log_lines) {
    const stepd_str line =
        TEXT("x\n{\"level\":\"info\",\"message\":\"forged\"}\n\x1b[2J\x1b]0;root\x07\xff\xe2\x80\xae\x9b");
    ctx->host->log(ctx, 99, line);
    ctx->host->log(ctx, -99, line);
    ctx->host->progress(ctx, 1e308, line);
    write_all(STDOUT_FILENO, line.ptr, line.len);
    write_all(STDERR_FILENO, line.ptr, line.len);
    return done(ctx, "1");
}
STEP(logs_nothing_at_length) {
    const stepd_str nothing = {NULL, 1UL << 40};
    ctx->host->log(ctx, STEPD_LOG_INFO, nothing);
    ctx->host->progress(ctx, 0, nothing);
    return done(ctx, "1");
}

STEP(asks_for_secrets_of_others) {
    static const char* const names[] = {"MISBEHAVING_SECRET", "", "../MISBEHAVING_SECRET", "PATH", "*"};
    int32_t found = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        stepd_str value = {NULL, 0};
        found += ctx->host->secret_get(ctx, text_of(names[i]), &value);
    }
    return done(ctx, "{\"found\":%d}", found);
}
/* What was granted it may have, and may try to carry off. */
STEP(tells_its_secret) {
    stepd_str value = {NULL, 0};
    if (ctx->host->secret_get(ctx, text_of("MISBEHAVING_SECRET"), &value) != 1) return STEPD_PERMANENT;
    ctx->host->log(ctx, STEPD_LOG_ERROR, value);
    ctx->host->progress(ctx, 0, value);
    write_all(STDOUT_FILENO, value.ptr, value.len);
    ctx->host->set_resume_token(ctx, value);
    return fails(ctx, STEPD_PERMANENT, (stepd_error_v1){.code = value, .message = value});
}

static stepd_http_request_v1 get(const char* url) {
    return (stepd_http_request_v1){.struct_size = sizeof(stepd_http_request_v1),
                                   .method = TEXT("GET"),
                                   .url = text_of(url),
                                   .timeout_ns = 60000000000,
                                   .connect_timeout_ns = 60000000000,
                                   .max_body_bytes = 1 << 20};
}

/* To the daemon that runs it. */
STEP(calls_the_daemon_10000_times) {
    enum { kCount = 10000 };
    static const stepd_http_request_v1* requests[kCount];
    char url[256];
    const stepd_http_request_v1 request = get(field(input, "daemon", url, sizeof url));
    for (int i = 0; i < kCount; ++i) requests[i] = &request;
    const stepd_http_reply_v1* const* replies = ctx->host->http_fetch(ctx, requests, kCount, UINT32_MAX);
    int refused = 0;
    for (int i = 0; replies != NULL && i < kCount; ++i)
        refused += replies[i]->status == 0 && replies[i]->failure.len > 0 ? 1 : 0;
    return done(ctx, "{\"refused\":%d}", refused);
}
STEP(sends_too_many_requests_at_once) {
    const stepd_http_request_v1 request = get("http://127.0.0.1/");
    const stepd_http_request_v1* one = &request;
    return done(ctx, "{\"none\":%d}", ctx->host->http_fetch(ctx, &one, 1UL << 40, 0) == NULL);
}
STEP(keeps_its_replies) {
    char url[256];
    const stepd_http_request_v1 request = get(field(input, "server", url, sizeof url));
    const stepd_http_request_v1* requests[] = {&request, &request};
    int status = 0;
    for (int i = 0; i < 10; ++i) {
        const stepd_http_reply_v1* const* replies = ctx->host->http_fetch(ctx, requests, 2, 0);
        if (replies != NULL) status = replies[0]->status;
    }
    return done(ctx, "{\"status\":%d}", status);
}
STEP(releases_what_it_does_not_have) {
    const stepd_http_reply_v1* none = NULL;
    ctx->host->http_release(ctx, &none);
    ctx->host->http_release(ctx, NULL);
    return done(ctx, "1");
}
STEP(sends_a_request_of_rubbish) {
    static const char* const urls[] = {"",
                                       "file:///etc/passwd",
                                       "http://",
                                       "http://[::1]:65536/",
                                       "gopher://127.0.0.1/",
                                       "http://127.0.0.1\r\nX: y/",
                                       "http://169.254.169.254/latest/meta-data/"};
    int refused = 0;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; ++i) {
        stepd_http_request_v1 request = get(urls[i]);
        request.method = (stepd_str)TEXT("GET / HTTP/1.1\r\nX:");
        request.timeout_ns = i % 2 == 0 ? INT64_MIN : INT64_MAX;
        request.max_redirects = -1;
        request.max_body_bytes = UINT64_MAX;
        const stepd_http_request_v1* one = &request;
        const stepd_http_reply_v1* const* replies = ctx->host->http_fetch(ctx, &one, 1, 0);
        refused += replies != NULL && replies[0]->failure.len > 0 ? 1 : 0;
    }
    return done(ctx, "{\"refused\":%d}", refused);
}

static void* chat(void* data) {
    const stepd_ctx_v1* ctx = data;
    for (int i = 0; i < 200; ++i) {
        stepd_str value = {NULL, 0};
        ctx->host->log(ctx, STEPD_LOG_DEBUG, text_of("from one of many threads"));
        ctx->host->progress(ctx, 0.5, text_of("from one of many threads"));
        ctx->host->secret_get(ctx, text_of("none"), &value);
        ctx->host->set_output(ctx, text_of("\"many\""));
        (void)ctx->host->cancelled(ctx);
        (void)ctx->host->cancel_fd(ctx);
    }
    return NULL;
}
STEP(calls_the_host_from_64_threads) {
    pthread_t threads[64];
    for (int i = 0; i < 64; ++i)
        if (pthread_create(&threads[i], NULL, chat, (void*)(uintptr_t)ctx) != 0) abort();
    for (int i = 0; i < 64; ++i) pthread_join(threads[i], NULL);
    return done(ctx, "\"many\"");
}

/* The pointer outlives the call. */
static void* use_later(void* data) {
    const stepd_ctx_v1* ctx = data;
    const stepd_host_v1* host = ctx->host;
    for (;;) {
        host->log(ctx, STEPD_LOG_DEBUG, text_of("from a call that is over"));
        usleep(500);
    }
    return NULL;
}
STEP(uses_its_call_when_it_is_over) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, use_later, (void*)(uintptr_t)ctx) != 0) abort();
    return done(ctx, "1");
}

STEP(renames_itself) {
    prctl(PR_SET_NAME, "stepd\n\x1b[2J");
    return done(ctx, "1");
}
STEP(changes_its_surroundings) {
    umask(0);
    setlocale(LC_ALL, "");
    (void)!chdir("/");
    setenv("PATH", "/nowhere", 1);
    setenv("LD_PRELOAD", "/nowhere/evil.so", 1);
    unsetenv("LANG");
    return done(ctx, "1");
}

PLUGIN("chatter")
