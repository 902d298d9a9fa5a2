/* The header is C: it must compile here, warnings are errors; its assertions check the layout on this machine. */
#include <stepd/abi.h>

/* What harness_test.cpp compares with the C++ compiler's view. */
const uint64_t stepd_test_c_sizes[] = {
    sizeof(stepd_str),     sizeof(stepd_error_v1), sizeof(stepd_http_request_v1), sizeof(stepd_http_reply_v1),
    sizeof(stepd_host_v1), sizeof(stepd_ctx_v1),   sizeof(stepd_step_v1),         sizeof(stepd_plugin_v1)};
