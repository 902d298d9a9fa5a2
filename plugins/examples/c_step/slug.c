/* Makes a word for URLs of a text: {"text": "Hello, World!"} -> {"slug": "hello-world"}. A whole plugin in C. */
#include <stepd/abi.h>

#include <ctype.h>
#include <string.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    (void)ctx, (void)config;
    *instance = NULL; /* no state of its own */
    return STEPD_OK;
}

static void destroy(void* instance) {
    (void)instance;
}

/* What stands between the quotes behind "text"; empty if that is no plain text. A real plugin has a JSON library. */
static stepd_str text_of(stepd_str input) {
    const char *end = input.ptr + input.len, *from = input.ptr;
    for (; from + 6 <= end && memcmp(from, "\"text\"", 6) != 0;) ++from;
    from = from + 6 <= end ? memchr(from + 6, '"', (size_t)(end - from - 6)) : NULL;
    const char* to = from == NULL ? NULL : memchr(from + 1, '"', (size_t)(end - from - 1));
    return to == NULL ? (stepd_str){"", 0} : (stepd_str){from + 1, (uint64_t)(to - from - 1)};
}

static int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    static const stepd_error_v1 no_text = {.struct_size = sizeof no_text,
                                           .code = TEXT("no_text"),
                                           .message = TEXT("the input has no text with letters or digits"),
                                           .retry_after_ns = -1};
    char output[256] = "{\"slug\":\"";
    size_t length = strlen(output);
    const stepd_str text = text_of(input);
    const size_t start = length;
    (void)instance;
    for (uint64_t i = 0; i < text.len && length < sizeof output - 4; ++i) {
        const unsigned char c = (unsigned char)text.ptr[i];
        if (c < 128 && isalnum(c))
            output[length++] = (char)tolower(c);
        else if (length > start && output[length - 1] != '-')
            output[length++] = '-';
    }
    if (length > start && output[length - 1] == '-') --length;
    if (length == start) return ctx->host->set_error(ctx, &no_text), STEPD_INVALID_INPUT;
    memcpy(output + length, "\"}", 2);
    ctx->host->set_output(ctx, (stepd_str){output, length + 2});
    return STEPD_OK;
}

const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const stepd_step_v1 step = {
        .struct_size = sizeof step,
        .threading = STEPD_REENTRANT, /* many threads may call it at once */
        .type = TEXT("slug"),
        .summary = TEXT("Makes a word for URLs of a text"),
        .input_schema = TEXT("{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{\"text\":"
                             "{\"type\":\"string\",\"description\":\"what to make it of\"}}}"),
        .output_schema = TEXT("{\"type\":\"object\",\"required\":[\"slug\"],\"properties\":{\"slug\":"
                              "{\"type\":\"string\",\"description\":\"letters, digits and -\"}}}"),
        .create = create,
        .execute = execute,
        .destroy = destroy,
        .capabilities = TEXT("{}")};
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = {.struct_size = sizeof plugin,
                                           .magic = STEPD_ABI_MAGIC,
                                           .abi_major = STEPD_ABI_MAJOR,
                                           .abi_minor = STEPD_ABI_MINOR,
                                           .name = TEXT("slug"),
                                           .version = TEXT("1.0.0"),
                                           .license = TEXT("Apache-2.0"),
                                           .step_count = 1,
                                           .steps = steps};
    return &plugin;
}
