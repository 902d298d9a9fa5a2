/* One function for each type of the header, so that the debug information of the object has all of them. For `compare`.
 */
#include <stepd/abi.h>

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    return NULL;
}

#define SEEN(type)                              \
    void stepd_seen_##type(const type* value) { \
        (void)value;                            \
    }
SEEN(stepd_str)
SEEN(stepd_error_v1)
SEEN(stepd_http_request_v1)
SEEN(stepd_http_reply_v1)
SEEN(stepd_host_v1)
SEEN(stepd_ctx_v1)
SEEN(stepd_step_v1)
SEEN(stepd_plugin_v1)
