// A plugin as one wrote it in C++ when ABI 1.0 was new, on the header alone. Never changed.
#include <stepd/abi.h>

#include <atomic>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

stepd_str borrow(const std::string& text) {
    return {text.data(), text.size()};
}

/// Answers {"calls": n, "input": ...}; an input that is null makes it throw.
class Echo {
public:
    explicit Echo(std::string config) : config_(std::move(config)) {
        if (config_.find("\"refuse\"") != std::string::npos) throw std::invalid_argument("this cannot work");
    }
    std::string run(const std::string& input) {
        if (input == "null") throw std::runtime_error("there is nothing");
        return R"({"calls":)" + std::to_string(++calls_) + R"(,"config":)" + config_ + R"(,"input":)" + input + "}";
    }

private:
    const std::string config_;
    std::atomic<int> calls_{0};
};

std::int32_t refused(const stepd_ctx_v1* ctx, std::int32_t outcome, const char* code, const std::string& message) {
    stepd_error_v1 error{};
    error.struct_size = sizeof error;
    const std::string word = code;
    error.code = borrow(word);
    error.message = borrow(message);
    error.retry_after_ns = -1;
    ctx->host->set_error(ctx, &error);
    return outcome;
}

std::int32_t create(const stepd_ctx_v1* ctx, stepd_str config, void** instance) {
    try {
        *instance = std::make_unique<Echo>(std::string(config.ptr, config.len)).release();
        return STEPD_OK;
    } catch (const std::exception& problem) {
        return refused(ctx, STEPD_INVALID_CONFIG, "refused", problem.what());
    }
}

std::int32_t execute(void* instance, const stepd_ctx_v1* ctx, stepd_str input) {
    try {
        ctx->host->set_output(ctx, borrow(static_cast<Echo*>(instance)->run(std::string(input.ptr, input.len))));
        return STEPD_OK;
    } catch (const std::exception& problem) {
        return refused(ctx, STEPD_BUG, "exception", problem.what());
    }
}

void destroy(void* instance) {
    delete static_cast<Echo*>(instance);
}

}  // namespace

extern "C" const stepd_plugin_v1* stepd_plugin_v1_get(void) {
    static const std::string name = "sample_cpp", version = "1.0.0", type = "echo";
    static const stepd_step_v1 step = [] {
        stepd_step_v1 entry{};
        entry.struct_size = sizeof entry;
        entry.threading = STEPD_REENTRANT;
        entry.type = borrow(type);
        entry.create = create;
        entry.execute = execute;
        entry.destroy = destroy;
        return entry;
    }();
    static const stepd_step_v1* const steps[] = {&step};
    static const stepd_plugin_v1 plugin = [] {
        stepd_plugin_v1 table{};
        table.struct_size = sizeof table;
        table.magic = STEPD_ABI_MAGIC;
        table.abi_major = STEPD_ABI_MAJOR;
        table.abi_minor = STEPD_ABI_MINOR;
        table.name = borrow(name);
        table.version = borrow(version);
        table.step_count = 1;
        table.steps = steps;
        return table;
    }();
    return &plugin;
}
