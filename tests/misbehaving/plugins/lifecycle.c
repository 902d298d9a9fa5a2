/* Step types that fail around their calls. */
#include <unistd.h>

#include "misbehave.h"

static int32_t execute_well(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    (void)instance, (void)input;
    return done(ctx, "1");
}
/* TYPE(name, create, destroy) */
#define TYPE(name, with_create, with_destroy)                                         \
    static const stepd_step_v1 step_##name = {.struct_size = sizeof(stepd_step_v1),   \
                                              .threading = STEPD_INSTANCE_PER_WORKER, \
                                              .type = TEXT(#name),                    \
                                              .create = with_create,                  \
                                              .execute = execute_well,                \
                                              .destroy = with_destroy};               \
    OFFER(step_##name)

static int32_t refuse(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)config, (void)instance;
    return fails(ctx, STEPD_INVALID_CONFIG, (stepd_error_v1){.code = TEXT("no_way"), .message = TEXT("not like this")});
}
static int32_t say_an_unknown_class(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config, (void)instance;
    return 12345;
}
static int32_t create_crash(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config, (void)instance;
    dereference_null();
    return STEPD_OK;
}
static int32_t hang(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config, (void)instance;
    for (;;) pause();
}
static void destroy_crash(void* instance) {
    (void)instance;
    dereference_null();
}

TYPE(cannot_be_created, refuse, destroy_nothing)
TYPE(is_created_with_an_unknown_class, say_an_unknown_class, destroy_nothing)
TYPE(crashes_when_created, create_crash, destroy_nothing)
TYPE(hangs_when_created, hang, destroy_nothing)
TYPE(crashes_when_destroyed, create_nothing, destroy_crash)

PLUGIN("lifecycle")
