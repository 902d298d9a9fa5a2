#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <string.h>

#include <stepd/abi.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static stepd_str text(const char* bytes) {
    const stepd_str out = {bytes, strlen(bytes)};
    return out;
}

/* The class of the outcome, with a code of our own and a sentence for people. */
static int32_t fail(const stepd_ctx_v1* ctx, int32_t outcome, const char* code, const char* message) {
    const stepd_error_v1 error = {
        .struct_size = sizeof error, .code = text(code), .message = text(message), .retry_after_ns = -1};
    ctx->host->set_error(ctx, &error);
    return outcome;
}

/* The value of "url" in {"url": "..."}; a real plugin uses a JSON library. */
static stepd_str url_of(stepd_str input) {
    const stepd_str none = {0, 0};
    const char* key = memmem(input.ptr, input.len, "\"url\"", 5);
    const char* end = input.ptr + input.len;
    if (key == NULL) return none;
    const char* from = memchr(key + 5, '"', (size_t)(end - key - 5));
    const char* to = from == NULL ? NULL : memchr(from + 1, '"', (size_t)(end - from - 1));
    if (to == NULL || memchr(from, '\\', (size_t)(to - from)) != NULL) return none;
    return (stepd_str){from + 1, (uint64_t)(to - from - 1)};
}

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config;
    *instance = NULL; /* no state */
    return STEPD_OK;
}

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    (void)instance;
    const stepd_http_request_v1 request = {.struct_size = sizeof request,
                                           .method = TEXT("GET"),
                                           .url = url_of(input),
                                           .timeout_ns = 5000000000,
                                           .connect_timeout_ns = 2000000000,
                                           .max_body_bytes = 1 << 20,
                                           .max_redirects = 5};
    if (request.url.len == 0) return fail(ctx, STEPD_INVALID_INPUT, "no_url", "the input has no url");
    const stepd_http_request_v1* const requests[] = {&request};
    const stepd_http_reply_v1* const* replies = ctx->host->http_fetch(ctx, requests, 1, 1);
    if (replies == NULL) return fail(ctx, STEPD_PERMANENT, "no_http", "the host offers no HTTP");
    const stepd_http_reply_v1* reply = replies[0];
    if (reply->failure.len != 0) return fail(ctx, STEPD_TRANSIENT, "no_answer", "the site did not answer");
    if (reply->status == 404) return fail(ctx, STEPD_NOT_FOUND, "no_page", "there is no such page");
    if (reply->status != 200) return fail(ctx, STEPD_UPSTREAM, "bad_status", "the site did not answer well");
    char output[64];
    snprintf(output, sizeof output, "{\"status\":%d,\"bytes\":%llu}", reply->status,
             (unsigned long long)reply->body.len);
    ctx->host->set_output(ctx, text(output));
    return STEPD_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step = {
        .struct_size = sizeof step,
        .threading = STEPD_REENTRANT, /* no state: many threads may call at once */
        .type = TEXT("my_plugin"),
        .summary = TEXT("Fetches a page and returns its status and size"),
        .input_schema = TEXT("{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\",\"description\":"
                             "\"of the page\"}},\"required\":[\"url\"]}"),
        .output_schema = TEXT("{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"integer\",\"description\":"
                              "\"of HTTP\"},\"bytes\":{\"type\":\"integer\",\"description\":\"of the page\"}},"
                              "\"required\":[\"status\",\"bytes\"]}"),
        .create = create,
        .execute = execute,
        .destroy = destroy,
        .capabilities = TEXT("{\"net\":[\"*\"]}")};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof plugin,
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .abi_minor = STEPD_ABI_MINOR,
                                           .name = TEXT("my_plugin"),
                                           .version = TEXT("0.1.0"),
                                           .license = TEXT("Apache-2.0"),
                                           .step_count = 1,
                                           .steps = steps};
    return &plugin;
}
