/* What the plugins of this folder are made with: a STEP is a step type whose name is that of its C function, and a
 * PLUGIN offers all STEPs of its file. Raw C, as nothing between it and the host shall be kinder than the ABI. */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stepd/abi.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static inline stepd_str text_of(const char* text) {
    return (stepd_str){text, strlen(text)};
}

static int32_t create_nothing(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config;
    *instance = NULL;
    return STEPD_OK;
}
static void destroy_nothing(void* instance) {
    (void)instance;
}

/* STEP(name) { body }: `ctx` and `input` are those of the call. */
#define STEP(name)                                                                       \
    static int32_t name(void* instance, const stepd_ctx_v1* ctx, stepd_str input);       \
    static const stepd_step_v1 step_##name = {.struct_size = sizeof(stepd_step_v1),      \
                                              .threading = STEPD_INSTANCE_PER_WORKER,    \
                                              .type = TEXT(#name),                       \
                                              .create = create_nothing,                  \
                                              .execute = name,                           \
                                              .destroy = destroy_nothing};               \
    OFFER(step_##name)                                                                   \
    static int32_t name(__attribute__((unused)) void* instance, const stepd_ctx_v1* ctx, \
                        __attribute__((unused)) stepd_str input)

/* Adds a table to those that the library offers: the linker collects them. */
#define OFFER(table) \
    static const stepd_step_v1* const offer_##table __attribute__((used, section("misbehaving"))) = &(table);

extern const stepd_step_v1* const __start_misbehaving[] __attribute__((visibility("hidden")));
extern const stepd_step_v1* const __stop_misbehaving[] __attribute__((visibility("hidden")));

#define PLUGIN(plugin_name)                                                       \
    const stepd_plugin_v1* stepd_plugin_v1_get(void) {                            \
        static stepd_plugin_v1 plugin = {.struct_size = sizeof(stepd_plugin_v1),  \
                                         .magic = STEPD_ABI_MAGIC,                \
                                         .abi_major = STEPD_ABI_MAJOR,            \
                                         .name = TEXT(plugin_name),               \
                                         .version = TEXT("1")};                   \
        plugin.steps = __start_misbehaving;                                       \
        plugin.step_count = (uint32_t)(__stop_misbehaving - __start_misbehaving); \
        return &plugin;                                                           \
    }

/* Not known to the compiler, which may leave out what it sees to be wrong. */
static volatile uintptr_t nowhere;

__attribute__((unused)) static void dereference_null(void) {
    *(volatile int*)nowhere = 1;
}

/* The output is the JSON that `format` makes, up to 1 KiB of it. */
__attribute__((format(printf, 2, 3), unused)) static int32_t done(const stepd_ctx_v1* ctx, const char* format, ...) {
    char json[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(json, sizeof json, format, arguments);
    va_end(arguments);
    ctx->host->set_output(ctx, text_of(json));
    return STEPD_OK;
}

/* What became of something that shall not be possible: a result below 0 and errno. */
__attribute__((unused)) static int32_t tried(const stepd_ctx_v1* ctx, const char* what, long result) {
    const char* why = result < 0 ? strerrorname_np(errno) : "allowed";
    return done(ctx, "{\"%s\":\"%s\"}", what, why == NULL ? "unknown" : why);
}

/* The text of a field of the input, an object of plain strings; empty if it is not there. */
__attribute__((unused)) static const char* field(stepd_str input, const char* name, char* buffer, size_t size) {
    char key[64];
    const int length = snprintf(key, sizeof key, "\"%s\":\"", name);
    buffer[0] = '\0';
    for (uint64_t at = 0; at + (uint64_t)length < input.len; ++at) {
        if (memcmp(input.ptr + at, key, (size_t)length) != 0) continue;
        size_t out = 0;
        for (uint64_t i = at + (uint64_t)length; i < input.len && input.ptr[i] != '"' && out + 1 < size; ++i)
            buffer[out++] = input.ptr[i];
        buffer[out] = '\0';
        break;
    }
    return buffer;
}

__attribute__((unused)) static int32_t fails(const stepd_ctx_v1* ctx, int32_t outcome, stepd_error_v1 error) {
    error.struct_size = sizeof error;
    ctx->host->set_error(ctx, &error);
    return outcome;
}
