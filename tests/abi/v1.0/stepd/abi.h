/*
 * The border between stepd and a plugin: C11, x86-64 and arm64.
 *
 * A plugin is a shared library that exports one function, `stepd_plugin_v1_get`. C++ authors include <stepd/step.h>
 * instead, which emits it.
 *
 * Layout     Each struct begins with `struct_size`, the size its writer knew. A reader uses no field beyond it: an
 * absent tail means "not supported". Structs are passed by pointer and only grow at the end. Text       UTF-8, pointer
 * and length, never bound by NUL. JSON is text. Time       int64 nanoseconds. Memory     What goes in is borrowed until
 * the call returns. What comes out goes through the sinks of the host, which copy. Nothing is freed across the border.
 * Control    No exception, longjmp, exit or thread exit crosses the border. A plugin installs no signal handlers, does
 * not fork, and leaves working directory, umask, locale and environment alone.
 */
#ifndef STEPD_ABI_H
#define STEPD_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define STEPD_ABI_ASSERT(condition, text) static_assert(condition, text)
#else
#define STEPD_ABI_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define STEPD_ABI_MAJOR 1
#define STEPD_ABI_MINOR 0
#define STEPD_ABI_MAGIC 0x44505453u /* "STPD" in memory */

#define STEPD_EXPORT __attribute__((visibility("default")))

typedef struct stepd_str {
    const char* ptr; /* may be null when len is 0 */
    uint64_t len;
} stepd_str;

/* How a call ended; the class decides whether it is tried again. Passed as int32_t. */
enum {
    STEPD_OK = 0,
    STEPD_SKIPPED = 1, /* nothing to do; set_error gives the reason */
    STEPD_TRANSIENT = 10,
    STEPD_RATE_LIMITED = 11,
    STEPD_UPSTREAM = 12,
    STEPD_TIMEOUT = 13,
    STEPD_INVALID_INPUT = 20,
    STEPD_INVALID_CONFIG = 21,
    STEPD_UNAUTHORIZED = 22,
    STEPD_NOT_FOUND = 23,
    STEPD_CONFLICT = 24,
    STEPD_PERMANENT = 25,
    STEPD_CANCELLED = 26,
    STEPD_BUG = 45 /* an exception leaked, an answer makes no sense */
};

enum { STEPD_LOG_DEBUG = 0, STEPD_LOG_INFO = 1, STEPD_LOG_WARN = 2, STEPD_LOG_ERROR = 3 };

/* Why a call shall stop; 0 as long as it shall not. */
enum {
    STEPD_CANCEL_NONE = 0,
    STEPD_CANCEL_USER = 1,
    STEPD_CANCEL_TIMEOUT = 2,
    STEPD_CANCEL_SHUTDOWN = 3,
    STEPD_CANCEL_SUPERSEDED = 4,
    STEPD_CANCEL_LEASE_LOST = 5
};

/* stepd_step_v1.threading: who may call an instance at the same time. */
enum {
    STEPD_SERIAL = 0,              /* one call at a time in the whole process */
    STEPD_INSTANCE_PER_WORKER = 1, /* an instance for each thread; each sees one call at a time */
    STEPD_REENTRANT = 2            /* one instance, called by several threads at once */
};

/* Answers of health(). */
enum { STEPD_HEALTHY = 0, STEPD_LIMITED = 1, STEPD_UNHEALTHY = 2 };

typedef struct stepd_error_v1 {
    uint32_t struct_size, reserved0;
    stepd_str code;         /* the plugin's own word: "no_source"; may be empty */
    stepd_str message;      /* one sentence, without secrets */
    stepd_str details;      /* JSON, or empty */
    int64_t retry_after_ns; /* not earlier than this from now; negative: no wish */
} stepd_error_v1;

enum { STEPD_HTTP_TRUNCATE_BODY = 1 }; /* cut at max_body_bytes and say so, instead of failing */
enum { STEPD_HTTP_TRUNCATED = 1 };

typedef struct stepd_http_request_v1 {
    uint32_t struct_size, flags;
    stepd_str method, url, body;
    const stepd_str* headers; /* name, value, name, value ... */
    uint64_t header_count;    /* pairs */
    int64_t timeout_ns;       /* the whole exchange, redirects included */
    int64_t connect_timeout_ns;
    uint64_t max_body_bytes; /* after decompression */
    int32_t max_redirects;   /* 0: a redirect is an answer like any other */
    uint32_t reserved0;
} stepd_http_request_v1;

typedef struct stepd_http_reply_v1 {
    uint32_t struct_size, flags;
    stepd_str failure; /* empty, or what went wrong below HTTP: "address_not_allowed", "dns_not_found", "timeout" ... */
    stepd_str message; /* one sentence when failed */
    stepd_str final_url;        /* after redirects */
    stepd_str body;             /* decoded */
    const stepd_str* headers;   /* name in lower case, value, name, value ... */
    uint64_t header_count;      /* pairs */
    const stepd_str* redirects; /* each URL that answered with a redirect */
    uint64_t redirect_count;
    int64_t elapsed_ns;
    int32_t status; /* 0 when failed */
    uint32_t reserved0;
} stepd_http_reply_v1;

typedef struct stepd_ctx_v1 stepd_ctx_v1;

/*
 * What the host does for a plugin. Every function may be called from any thread between the start and the return of the
 * call that brought the ctx, and none throws. A function beyond struct_size, or null, is not supported.
 */
typedef struct stepd_host_v1 {
    uint32_t struct_size, reserved0;
    void (*log)(const stepd_ctx_v1* ctx, int32_t level, stepd_str text);
    /* fraction 0..1, or negative if unknown. */
    void (*progress)(const stepd_ctx_v1* ctx, double fraction, stepd_str text);
    /* Wall-clock time since the Unix epoch. */
    int64_t (*now)(const stepd_ctx_v1* ctx);
    /* The reason (STEPD_CANCEL_...) once the call shall stop. Cheap: call it in loops. */
    int32_t (*cancelled)(const stepd_ctx_v1* ctx);
    /* A descriptor that becomes readable for ever once the call shall stop. Poll it; never read or close it. */
    int32_t (*cancel_fd)(const stepd_ctx_v1* ctx);
    /* Sends `count` requests, at most `max_parallel` (0: as many as the host allows) at once, and waits for all.
     * Returns the replies in the order of the requests, owned by the host until http_release or the end of the call;
     * null if the host has no HTTP service. A cancelled call gets its replies at once, with failure "cancelled". */
    const stepd_http_reply_v1* const* (*http_fetch)(const stepd_ctx_v1* ctx,
                                                    const stepd_http_request_v1* const* requests, uint64_t count,
                                                    uint32_t max_parallel);
    void (*http_release)(const stepd_ctx_v1* ctx, const stepd_http_reply_v1* const* replies);
    /* 1 and the value, borrowed until the call ends; 0 if there is no such secret or it is not granted to this plugin.
     */
    int32_t (*secret_get)(const stepd_ctx_v1* ctx, stepd_str name, stepd_str* value);
    /* The sinks copy; the last call counts. Output is JSON and is used for STEPD_OK, the error for every other class.
     */
    void (*set_output)(const stepd_ctx_v1* ctx, stepd_str json);
    void (*set_error)(const stepd_ctx_v1* ctx, const stepd_error_v1* error);
    /* Handed to the next attempt of this step, whatever the class. */
    void (*set_resume_token)(const stepd_ctx_v1* ctx, stepd_str token);
} stepd_host_v1;

/* One call, seen by the plugin. In create, validate_config and health only host, host_data and deadline_ns are set. */
struct stepd_ctx_v1 {
    uint32_t struct_size;
    int32_t attempt;       /* from 1 */
    int32_t attempts_left; /* after this one */
    uint32_t reserved0;
    const stepd_host_v1* host;
    void* host_data; /* the host's own */
    stepd_str run_id, event_id, step_id;
    stepd_str idempotency_key; /* the same for all attempts of a step of a run */
    stepd_str resume_token;    /* from the attempt before; may be empty */
    stepd_str previous_error;  /* JSON {"class","code","message"} of the attempt before; may be empty */
    int64_t run_started_ns;    /* wall-clock time, the same for all attempts */
    int64_t deadline_ns;       /* CLOCK_MONOTONIC */
};

/* One step type. */
typedef struct stepd_step_v1 {
    uint32_t struct_size;
    int32_t threading;
    stepd_str type, summary;
    stepd_str config_schema, input_schema, output_schema; /* JSON Schema, or empty */
    /* All return a class. Optional: a pure check of a configuration, without creating anything. */
    int32_t (*validate_config)(const stepd_ctx_v1* ctx, stepd_str config);
    /* Unless it returns STEPD_OK, *instance is not used. */
    int32_t (*create)(const stepd_ctx_v1* ctx, stepd_str config, void** instance);
    int32_t (*execute)(void* instance, const stepd_ctx_v1* ctx, stepd_str input);
    void (*destroy)(void* instance);
    /* Optional. Fast, without network. Returns STEPD_HEALTHY ...; set_error's message and details say more. */
    int32_t (*health)(void* instance, const stepd_ctx_v1* ctx);
} stepd_step_v1;

typedef struct stepd_plugin_v1 {
    uint32_t struct_size, magic;
    uint16_t abi_major, abi_minor, min_abi_minor, reserved0;
    stepd_str name, version, license, source_url, sdk, vendor_tag;
    uint32_t step_count, reserved1;
    const stepd_step_v1* const* steps;
} stepd_plugin_v1;

/* The one exported function: pure and fast; what it returns lives as long as the process. */
STEPD_EXPORT const stepd_plugin_v1* stepd_plugin_v1_get(void);
typedef const stepd_plugin_v1* (*stepd_plugin_v1_get_fn)(void);
#define STEPD_PLUGIN_SYMBOL "stepd_plugin_v1_get"

#define STEPD_ABI_FIELD(type, field, offset) STEPD_ABI_ASSERT(offsetof(type, field) == (offset), #type "." #field)
#define STEPD_ABI_SIZE(type, size) STEPD_ABI_ASSERT(sizeof(type) == (size), #type)

STEPD_ABI_SIZE(stepd_str, 16);
STEPD_ABI_FIELD(stepd_error_v1, code, 8);
STEPD_ABI_FIELD(stepd_error_v1, message, 24);
STEPD_ABI_FIELD(stepd_error_v1, details, 40);
STEPD_ABI_FIELD(stepd_error_v1, retry_after_ns, 56);
STEPD_ABI_SIZE(stepd_error_v1, 64);
STEPD_ABI_FIELD(stepd_http_request_v1, method, 8);
STEPD_ABI_FIELD(stepd_http_request_v1, url, 24);
STEPD_ABI_FIELD(stepd_http_request_v1, body, 40);
STEPD_ABI_FIELD(stepd_http_request_v1, headers, 56);
STEPD_ABI_FIELD(stepd_http_request_v1, header_count, 64);
STEPD_ABI_FIELD(stepd_http_request_v1, timeout_ns, 72);
STEPD_ABI_FIELD(stepd_http_request_v1, connect_timeout_ns, 80);
STEPD_ABI_FIELD(stepd_http_request_v1, max_body_bytes, 88);
STEPD_ABI_FIELD(stepd_http_request_v1, max_redirects, 96);
STEPD_ABI_SIZE(stepd_http_request_v1, 104);
STEPD_ABI_FIELD(stepd_http_reply_v1, failure, 8);
STEPD_ABI_FIELD(stepd_http_reply_v1, message, 24);
STEPD_ABI_FIELD(stepd_http_reply_v1, final_url, 40);
STEPD_ABI_FIELD(stepd_http_reply_v1, body, 56);
STEPD_ABI_FIELD(stepd_http_reply_v1, headers, 72);
STEPD_ABI_FIELD(stepd_http_reply_v1, header_count, 80);
STEPD_ABI_FIELD(stepd_http_reply_v1, redirects, 88);
STEPD_ABI_FIELD(stepd_http_reply_v1, redirect_count, 96);
STEPD_ABI_FIELD(stepd_http_reply_v1, elapsed_ns, 104);
STEPD_ABI_FIELD(stepd_http_reply_v1, status, 112);
STEPD_ABI_SIZE(stepd_http_reply_v1, 120);
STEPD_ABI_FIELD(stepd_host_v1, log, 8);
STEPD_ABI_FIELD(stepd_host_v1, progress, 16);
STEPD_ABI_FIELD(stepd_host_v1, now, 24);
STEPD_ABI_FIELD(stepd_host_v1, cancelled, 32);
STEPD_ABI_FIELD(stepd_host_v1, cancel_fd, 40);
STEPD_ABI_FIELD(stepd_host_v1, http_fetch, 48);
STEPD_ABI_FIELD(stepd_host_v1, http_release, 56);
STEPD_ABI_FIELD(stepd_host_v1, secret_get, 64);
STEPD_ABI_FIELD(stepd_host_v1, set_output, 72);
STEPD_ABI_FIELD(stepd_host_v1, set_error, 80);
STEPD_ABI_FIELD(stepd_host_v1, set_resume_token, 88);
STEPD_ABI_SIZE(stepd_host_v1, 96);
STEPD_ABI_FIELD(stepd_ctx_v1, attempt, 4);
STEPD_ABI_FIELD(stepd_ctx_v1, attempts_left, 8);
STEPD_ABI_FIELD(stepd_ctx_v1, host, 16);
STEPD_ABI_FIELD(stepd_ctx_v1, host_data, 24);
STEPD_ABI_FIELD(stepd_ctx_v1, run_id, 32);
STEPD_ABI_FIELD(stepd_ctx_v1, event_id, 48);
STEPD_ABI_FIELD(stepd_ctx_v1, step_id, 64);
STEPD_ABI_FIELD(stepd_ctx_v1, idempotency_key, 80);
STEPD_ABI_FIELD(stepd_ctx_v1, resume_token, 96);
STEPD_ABI_FIELD(stepd_ctx_v1, previous_error, 112);
STEPD_ABI_FIELD(stepd_ctx_v1, run_started_ns, 128);
STEPD_ABI_FIELD(stepd_ctx_v1, deadline_ns, 136);
STEPD_ABI_SIZE(stepd_ctx_v1, 144);
STEPD_ABI_FIELD(stepd_step_v1, threading, 4);
STEPD_ABI_FIELD(stepd_step_v1, type, 8);
STEPD_ABI_FIELD(stepd_step_v1, summary, 24);
STEPD_ABI_FIELD(stepd_step_v1, config_schema, 40);
STEPD_ABI_FIELD(stepd_step_v1, input_schema, 56);
STEPD_ABI_FIELD(stepd_step_v1, output_schema, 72);
STEPD_ABI_FIELD(stepd_step_v1, validate_config, 88);
STEPD_ABI_FIELD(stepd_step_v1, create, 96);
STEPD_ABI_FIELD(stepd_step_v1, execute, 104);
STEPD_ABI_FIELD(stepd_step_v1, destroy, 112);
STEPD_ABI_FIELD(stepd_step_v1, health, 120);
STEPD_ABI_SIZE(stepd_step_v1, 128);
STEPD_ABI_FIELD(stepd_plugin_v1, magic, 4);
STEPD_ABI_FIELD(stepd_plugin_v1, abi_major, 8);
STEPD_ABI_FIELD(stepd_plugin_v1, abi_minor, 10);
STEPD_ABI_FIELD(stepd_plugin_v1, min_abi_minor, 12);
STEPD_ABI_FIELD(stepd_plugin_v1, name, 16);
STEPD_ABI_FIELD(stepd_plugin_v1, version, 32);
STEPD_ABI_FIELD(stepd_plugin_v1, license, 48);
STEPD_ABI_FIELD(stepd_plugin_v1, source_url, 64);
STEPD_ABI_FIELD(stepd_plugin_v1, sdk, 80);
STEPD_ABI_FIELD(stepd_plugin_v1, vendor_tag, 96);
STEPD_ABI_FIELD(stepd_plugin_v1, step_count, 112);
STEPD_ABI_FIELD(stepd_plugin_v1, steps, 120);
STEPD_ABI_SIZE(stepd_plugin_v1, 128);

#ifdef __cplusplus
}
#endif

#endif /* STEPD_ABI_H */
