/* Steps that come back with what makes no sense. */
#include <sys/mman.h>

#include "misbehave.h"

static char* fill(size_t size, char with) {
    char* bytes = malloc(size);
    if (bytes == NULL) abort();
    memset(bytes, with, size);
    return bytes;
}

STEP(answers_nothing) {
    (void)ctx;
    return STEPD_OK;
}
STEP(answers_twice) {
    done(ctx, "1");
    return done(ctx, "2");
}
STEP(answers_no_json) {
    return done(ctx, "{\"open\": ");
}
STEP(answers_two_documents) {
    return done(ctx, "{} {}");
}
STEP(answers_nan) {
    return done(ctx, "{\"n\": NaN}");
}
STEP(answers_with_a_nul) {
    const stepd_str json = TEXT("\"a\0b\"");
    ctx->host->set_output(ctx, json);
    return STEPD_OK;
}
STEP(answers_no_utf8) {
    const stepd_str json = TEXT("\"\xC3\x28\"");
    ctx->host->set_output(ctx, json);
    return STEPD_OK;
}
STEP(answers_a_lone_surrogate) {
    return done(ctx, "\"\\ud800\"");
}
STEP(answers_without_bytes) {
    const stepd_str json = {NULL, 10};
    ctx->host->set_output(ctx, json);
    return STEPD_OK;
}
/* Address space alone: it is not touched. */
STEP(answers_a_gibibyte) {
    const size_t size = 1UL << 30;
    void* bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) return done(ctx, "\"no room\"");
    const stepd_str json = {bytes, size};
    ctx->host->set_output(ctx, json);
    return STEPD_OK;
}
STEP(answers_an_endless_length) {
    const stepd_str json = {"{}", UINT64_MAX};
    ctx->host->set_output(ctx, json);
    return STEPD_OK;
}
STEP(answers_deep_json) {
    const size_t size = 1000000;
    char* json = fill(size, '[');
    ctx->host->set_output(ctx, (stepd_str){json, size});
    free(json);
    return STEPD_OK;
}
/* Whole, and small as bytes, but not as a tree. */
STEP(answers_a_million_nodes) {
    const size_t size = 2000001;
    char* json = fill(size, '0');
    for (size_t at = 0; at < size; at += 2) json[at] = ',';
    json[0] = '[', json[size - 1] = ']';
    ctx->host->set_output(ctx, (stepd_str){json, size});
    free(json);
    return STEPD_OK;
}

STEP(says_an_unknown_class) {
    (void)ctx;
    return 7777;
}
STEP(says_a_negative_class) {
    (void)ctx;
    return -1;
}
/* 40 is `crash`, which is the host's to say. */
STEP(says_a_class_of_the_host) {
    (void)ctx;
    return 40;
}
STEP(fails_without_a_word) {
    (void)ctx;
    return STEPD_PERMANENT;
}
STEP(fails_with_a_huge_message) {
    const size_t size = 100UL << 20;
    char* text = fill(size, 'x');
    const int32_t outcome = fails(ctx, STEPD_PERMANENT, (stepd_error_v1){.message = {text, size}});
    free(text);
    return outcome;
}
STEP(fails_with_huge_details) {
    const size_t size = 100UL << 20;
    char* text = fill(size, '1');
    const int32_t outcome = fails(ctx, STEPD_PERMANENT, (stepd_error_v1){.details = {text, size}});
    free(text);
    return outcome;
}
STEP(fails_with_details_that_are_no_json) {
    return fails(ctx, STEPD_PERMANENT, (stepd_error_v1){.message = TEXT("no details"), .details = TEXT("{\"open\": ")});
}
STEP(fails_with_a_message_that_is_no_utf8) {
    return fails(ctx, STEPD_PERMANENT, (stepd_error_v1){.message = TEXT("\xff\xfe")});
}
STEP(fails_with_a_forged_message) {
    return fails(ctx, STEPD_PERMANENT,
                 (stepd_error_v1){.code = TEXT("\x1b[2J"),
                                  .message = TEXT("all is well\n{\"level\":\"info\"}\r\x1b]0;root\x07")});
}
STEP(fails_with_a_short_error) {
    const stepd_error_v1 error = {.struct_size = 8, .code = TEXT("unseen")};
    ctx->host->set_error(ctx, &error);
    return STEPD_PERMANENT;
}
STEP(asks_to_wait_for_ever) {
    return fails(ctx, STEPD_RATE_LIMITED, (stepd_error_v1){.code = TEXT("wait"), .retry_after_ns = INT64_MAX});
}
STEP(asks_to_have_waited) {
    return fails(ctx, STEPD_RATE_LIMITED, (stepd_error_v1){.code = TEXT("before"), .retry_after_ns = INT64_MIN});
}
STEP(leaves_a_huge_token) {
    const size_t size = 10UL << 20;
    char* text = fill(size, 't');
    ctx->host->set_resume_token(ctx, (stepd_str){text, size});
    free(text);
    return fails(ctx, STEPD_TRANSIENT, (stepd_error_v1){.code = TEXT("again")});
}

PLUGIN("answers")
