/* A plugin as one wrote it in C when ABI 1.0 was new. It uses every part of the header, and is never changed. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepd/abi.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }
/* For printf's %.*s */
#define SHOW(text) (int)(text).len, (text).ptr == NULL ? "" : (text).ptr

static stepd_str str(const char* text) {
    return (stepd_str){text, strlen(text)};
}

static int holds(stepd_str text, const char* word) {
    const size_t size = strlen(word);
    for (uint64_t at = 0; at + size <= text.len; ++at)
        if (memcmp(text.ptr + at, word, size) == 0) return 1;
    return 0;
}

static int32_t refused(const stepd_ctx_v1* ctx, int32_t outcome, const char* code, const char* message) {
    const stepd_error_v1 error = {.struct_size = sizeof(error),
                                  .code = str(code),
                                  .message = str(message),
                                  .details = TEXT("{\"by\":\"c\"}"),
                                  .retry_after_ns = 1500000000};
    ctx->host->set_error(ctx, &error);
    return outcome;
}

/* What every step type keeps: how often it was called. */
struct counter {
    long calls;
};

static int32_t validate(const stepd_ctx_v1* ctx, stepd_str config) {
    if (ctx->deadline_ns <= 0) return refused(ctx, STEPD_BUG, "no_deadline", "a check has no deadline");
    if (holds(config, "\"refuse\"")) return refused(ctx, STEPD_INVALID_CONFIG, "refused", "this cannot work");
    return STEPD_OK;
}

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    const int32_t verdict = validate(ctx, config);
    if (verdict != STEPD_OK) return verdict;
    *instance = calloc(1, sizeof(struct counter));
    return *instance == NULL ? STEPD_TRANSIENT : STEPD_OK;
}

static void destroy(void* instance) {
    free(instance);
}

static int32_t health(void* instance, const stepd_ctx_v1* ctx) {
    (void)instance;
    return refused(ctx, STEPD_LIMITED, "", "half of it works");
}

/* serial: no lock, and never two at once. */
static int32_t count(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    char out[64];
    (void)input;
    snprintf(out, sizeof out, "{\"calls\":%ld}", ++((struct counter*)instance)->calls);
    ctx->host->set_output(ctx, str(out));
    return STEPD_OK;
}

/* reentrant: what a call is told, as its output. */
static int32_t tell(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    char out[2048];
    (void)instance;
    snprintf(out, sizeof out,
             "{\"input\":%.*s,\"attempt\":%d,\"left\":%d,\"run\":\"%.*s\",\"event\":\"%.*s\",\"step\":\"%.*s\",\"key\":"
             "\"%.*s\",\"token\":\"%.*s\",\"previous\":%.*s,\"started\":%lld,\"now\":%s,\"cancelled\":%d}",
             SHOW(input), (int)ctx->attempt, (int)ctx->attempts_left, SHOW(ctx->run_id), SHOW(ctx->event_id),
             SHOW(ctx->step_id), SHOW(ctx->idempotency_key), SHOW(ctx->resume_token), SHOW(ctx->previous_error),
             (long long)ctx->run_started_ns, ctx->host->now(ctx) > 0 ? "true" : "false",
             (int)ctx->host->cancelled(ctx));
    ctx->host->log(ctx, STEPD_LOG_WARN, str("a word from C"));
    ctx->host->progress(ctx, 0.5, str("half"));
    ctx->host->set_output(ctx, str(out));
    return STEPD_OK;
}

/* Two requests at once; with the configuration "cut" their bodies are cut. */
static int32_t fetch(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    const stepd_str headers[] = {TEXT("X-From"), TEXT("c")};
    stepd_http_request_v1 first = {.struct_size = sizeof(first),
                                   .flags = STEPD_HTTP_TRUNCATE_BODY,
                                   .method = TEXT("POST"),
                                   .url = TEXT("http://one.test/"),
                                   .body = TEXT("hello"),
                                   .headers = headers,
                                   .header_count = 1,
                                   .timeout_ns = 2000000000,
                                   .connect_timeout_ns = 1000000000,
                                   .max_body_bytes = 1000,
                                   .max_redirects = 2};
    stepd_http_request_v1 second = first;
    const stepd_http_request_v1* requests[] = {&first, &second};
    const stepd_http_reply_v1* const* replies = NULL;
    char out[1024];
    (void)instance, (void)input;
    second.url = str("http://two.test/");
    replies = ctx->host->http_fetch(ctx, requests, 2, 1);
    if (replies == NULL) return refused(ctx, STEPD_PERMANENT, "no_http", "there is no HTTP service");
    snprintf(out, sizeof out,
             "{\"status\":%d,\"body\":\"%.*s\",\"second\":\"%.*s\",\"final\":\"%.*s\",\"header\":\"%.*s %.*s\","
             "\"redirect\":\"%.*s\",\"failure\":\"%.*s\",\"message\":\"%.*s\",\"elapsed\":%s}",
             (int)replies[0]->status, SHOW(replies[0]->body), SHOW(replies[1]->body), SHOW(replies[0]->final_url),
             SHOW(replies[0]->headers[0]), SHOW(replies[0]->headers[1]), SHOW(replies[0]->redirects[0]),
             SHOW(replies[0]->failure), SHOW(replies[0]->message), replies[0]->elapsed_ns >= 0 ? "true" : "false");
    ctx->host->http_release(ctx, replies);
    ctx->host->set_output(ctx, str(out));
    return STEPD_OK;
}

static int32_t secret(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    stepd_str value = {NULL, 0}, none = {NULL, 0};
    char out[256];
    const int32_t known = ctx->host->secret_get(ctx, str("API_KEY"), &value);
    const int32_t unknown = ctx->host->secret_get(ctx, str("OTHER"), &none);
    (void)instance, (void)input;
    snprintf(out, sizeof out, "{\"known\":%d,\"length\":%d,\"value\":\"%.*s\",\"unknown\":%d}", (int)known,
             (int)value.len, SHOW(value), (int)unknown);
    ctx->host->set_output(ctx, str(out));
    return STEPD_OK;
}

/* Waits until it is told to stop. */
static int32_t wait_for_cancel(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    struct pollfd descriptor = {.fd = ctx->host->cancel_fd(ctx), .events = POLLIN};
    (void)instance, (void)input;
    ctx->host->progress(ctx, -1, str("waiting"));
    while (ctx->host->cancelled(ctx) == STEPD_CANCEL_NONE) poll(&descriptor, 1, -1);
    ctx->host->set_resume_token(ctx, str("page 7"));
    return refused(ctx, STEPD_CANCELLED, "stopped",
                   ctx->host->cancelled(ctx) == STEPD_CANCEL_USER ? "by a person" : "by something else");
}

/* Ends as its input, a number, says. */
static int32_t end(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    char number[16] = {0};
    (void)instance;
    memcpy(number, input.ptr, input.len < sizeof number ? input.len : sizeof number - 1);
    return refused(ctx, (int32_t)atoi(number), "as_asked", "as the input says");
}

#define STEP(name, mode, function)                                                                                  \
    {                                                                                                               \
        .struct_size = sizeof(stepd_step_v1), .threading = (mode), .type = TEXT(name),                              \
        .summary = TEXT("of the sample: " name), .config_schema = TEXT("{\"type\":\"object\"}"),                    \
        .input_schema = TEXT("{\"title\":\"" name " in\"}"), .output_schema = TEXT("{\"title\":\"" name " out\"}"), \
        .validate_config = validate, .create = create, .execute = (function), .destroy = destroy, .health = health  \
    }

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 all[] = {STEP("count", STEPD_SERIAL, count),
                                        STEP("tell", STEPD_REENTRANT, tell),
                                        STEP("fetch", STEPD_REENTRANT, fetch),
                                        STEP("secret", STEPD_INSTANCE_PER_WORKER, secret),
                                        STEP("wait", STEPD_REENTRANT, wait_for_cancel),
                                        STEP("end", STEPD_REENTRANT, end)};
    static const stepd_step_v1* const steps[] = {&all[0], &all[1], &all[2], &all[3], &all[4], &all[5]};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .abi_minor = STEPD_ABI_MINOR,
                                           .min_abi_minor = 0,
                                           .name = TEXT("sample"),
                                           .version = TEXT("1.0.0"),
                                           .license = TEXT("MIT"),
                                           .source_url = TEXT("https://example.org/sample"),
                                           .sdk = TEXT("none"),
                                           .vendor_tag = TEXT("example"),
                                           .step_count = sizeof(steps) / sizeof(steps[0]),
                                           .steps = steps};
    return &plugin;
}
