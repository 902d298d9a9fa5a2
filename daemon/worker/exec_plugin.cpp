#include "worker/exec_plugin.h"

#include <pthread.h>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "base/text.h"
#include "model/outcome.h"

namespace stepd::worker {
namespace {

constexpr std::size_t kMostSteps = 64;  // a table has no more

stepd_str borrow(std::string_view text) {
    return {text.data(), text.size()};
}

/// The functions of the ABI do not say which plugin they belong to.
ExecPlugin* plugin = nullptr;

/// What `create` makes: which step type, and how configured.
struct Instance {
    std::size_t step;
    std::string config;
};

std::int32_t ask(std::string_view type, std::size_t step, const stepd_ctx_v1* ctx, std::string_view config,
                 std::string_view input) {
    return plugin->call({.type = type, .call = 0, .step = plugin->typeOf(step), .config = config, .input = input}, ctx);
}

/// The entries of the step type with this index: the ABI hands it neither to create nor to validate_config.
template <std::size_t Step>
struct Entries {
    static std::int32_t check(const stepd_ctx_v1* ctx, stepd_str config) {
        return ask("check", Step, ctx, {config.ptr, config.len}, {});
    }
    static std::int32_t create(const stepd_ctx_v1*, stepd_str config, void** instance) {
        *instance = new Instance{Step, std::string(config.ptr, config.len)};
        return STEPD_OK;
    }
};

std::int32_t execute(void* raw, const stepd_ctx_v1* ctx, stepd_str input) {
    const auto& instance = *static_cast<Instance*>(raw);
    return ask("call", instance.step, ctx, instance.config, {input.ptr, input.len});
}

std::int32_t health(void* raw, const stepd_ctx_v1* ctx) {
    const auto& instance = *static_cast<Instance*>(raw);
    return ask("health", instance.step, ctx, instance.config, {});
}

void destroy(void* raw) {
    delete static_cast<Instance*>(raw);
}

template <std::size_t... Steps>
constexpr auto entriesOf(std::index_sequence<Steps...>) {
    struct Pair {
        decltype(stepd_step_v1::validate_config) check;
        decltype(stepd_step_v1::create) create;
    };
    return std::array<Pair, sizeof...(Steps)>{Pair{Entries<Steps>::check, Entries<Steps>::create}...};
}
constexpr auto kEntries = entriesOf(std::make_index_sequence<kMostSteps>());

void setError(const stepd_ctx_v1* ctx, const ProgramResult& result) {
    const stepd_error_v1 error{.struct_size = sizeof error,
                               .reserved0 = 0,
                               .code = borrow(result.code),
                               .message = borrow(result.message),
                               .details = borrow(result.details),
                               .retry_after_ns = result.retryAfter ? result.retryAfter->count() : -1};
    ctx->host->set_error(ctx, &error);
}

/// Hands the result to the host's sinks; the class, or the answer to a question after health.
std::int32_t conclude(const stepd_ctx_v1* ctx, std::string_view type, const ProgramResult& result) {
    if (!result.resumeToken.empty()) ctx->host->set_resume_token(ctx, borrow(result.resumeToken));
    setError(ctx, result);
    if (type == "health") {
        if (result.outcome == "healthy") return STEPD_HEALTHY;
        return result.outcome == "limited" ? STEPD_LIMITED : STEPD_UNHEALTHY;
    }
    const auto outcome = parseOutcomeClass(result.outcome);
    if (!outcome) {
        setError(ctx, {.outcome = {},
                       .code = "bad_answer",
                       .message = "the step returned the unknown class `" + quotedForLog(result.outcome) + "`"});
        return STEPD_BUG;
    }
    if (!result.output.empty()) ctx->host->set_output(ctx, borrow(result.output));
    return static_cast<std::int32_t>(*outcome);
}

/// The requests in the shape of the ABI; borrows from them.
struct WireRequests {
    explicit WireRequests(const std::vector<FetchRequest>& requests) : headers(requests.size()) {
        wires.reserve(requests.size());
        for (std::size_t i = 0; i < requests.size(); ++i) {
            const FetchRequest& request = requests[i];
            for (const auto& [name, value] : request.headers)
                headers[i].insert(headers[i].end(), {borrow(name), borrow(value)});
            wires.push_back({.struct_size = sizeof(stepd_http_request_v1),
                             .flags = request.truncateBody ? std::uint32_t{STEPD_HTTP_TRUNCATE_BODY} : 0U,
                             .method = borrow(request.method),
                             .url = borrow(request.url),
                             .body = borrow(request.body),
                             .headers = headers[i].data(),
                             .header_count = request.headers.size(),
                             .timeout_ns = request.timeout.count(),
                             .connect_timeout_ns = request.connectTimeout.count(),
                             .max_body_bytes = request.maxBodyBytes,
                             .max_redirects = request.maxRedirects,
                             .reserved0 = 0});
            pointers.push_back(&wires.back());
        }
    }
    std::vector<std::vector<stepd_str>> headers;
    std::vector<stepd_http_request_v1> wires;
    std::vector<const stepd_http_request_v1*> pointers;
};

}  // namespace

Result<const stepd_plugin_v1*, std::string> ExecPlugin::start(std::unique_ptr<ExecProcess> process,
                                                              std::function<void(const std::string&)> over) {
    using Started = Result<const stepd_plugin_v1*, std::string>;
    plugin = new ExecPlugin(std::move(process), std::move(over));
    std::optional<std::string_view> frame;
    while (!(frame = plugin->frames_.next()))
        if (const auto end = plugin->readOn(); !end.empty()) plugin->over_(end + " before its hello");
    auto hello = readHello(*frame);
    if (!hello) return Started::failure("the program " + hello.error());
    plugin->hello_ = std::move(*hello);
    std::thread([] { plugin->listen(); }).detach();
    return plugin->table();
}

const stepd_plugin_v1* ExecPlugin::table() {
    for (std::size_t i = 0; i < hello_.steps.size(); ++i) {
        const ProgramHello::Step& step = hello_.steps[i];
        const auto& entries = kEntries.at(std::min(i, kMostSteps - 1));  // too many are refused with the table
        steps_.push_back({.struct_size = sizeof(stepd_step_v1),
                          .threading = step.threading,
                          .type = borrow(step.type),
                          .summary = borrow(step.summary),
                          .config_schema = borrow(step.configSchema),
                          .input_schema = borrow(step.inputSchema),
                          .output_schema = borrow(step.outputSchema),
                          .validate_config = step.checks ? entries.check : nullptr,
                          .create = entries.create,
                          .execute = execute,
                          .destroy = destroy,
                          .health = step.health ? health : nullptr});
    }
    for (const auto& step : steps_) stepPointers_.push_back(&step);
    table_ = {.struct_size = sizeof(stepd_plugin_v1),
              .magic = STEPD_ABI_MAGIC,
              .abi_major = STEPD_ABI_MAJOR,
              .abi_minor = STEPD_ABI_MINOR,
              .min_abi_minor = 0,
              .reserved0 = 0,
              .name = borrow(hello_.name),
              .version = borrow(hello_.version),
              .license = borrow(hello_.license),
              .source_url = borrow(hello_.sourceUrl),
              .sdk = borrow(hello_.sdk),
              .vendor_tag = {},
              .step_count = static_cast<std::uint32_t>(steps_.size()),
              .reserved1 = 0,
              .steps = stepPointers_.data()};
    return &table_;
}

/// Empty, or how the program ended.
std::string ExecPlugin::readOn() {
    if (!frames_.violation().empty()) return frames_.violation();
    std::string bytes;
    if (!process_->read(bytes)) return process_->end();
    frames_.feed(bytes);
    return {};
}

void ExecPlugin::listen() {
    ::pthread_setname_np(::pthread_self(), "program");
    for (std::string end;;) {
        while (const auto frame = frames_.next())
            if (end = take(*frame); !end.empty()) return over_(end);
        if (end = readOn(); !end.empty()) return over_(end);
    }
}

/// Empty, or what is wrong with the frame.
std::string ExecPlugin::take(std::string_view frame) {
    auto word = readWord(frame);
    if (!word) return word.error();
    auto& what = word->what;
    const auto exchange = find(word->call, std::holds_alternative<ProgramResult>(what));
    if (!exchange) return "spoke of call " + std::to_string(word->call) + ", which it does not have";
    const stepd_ctx_v1* ctx = exchange->ctx();
    if (const auto* line = std::get_if<ProgramLog>(&what))
        return ctx->host->log(ctx, line->level, borrow(line->text)), "";
    if (const auto* note = std::get_if<ProgramProgress>(&what))
        return ctx->host->progress(ctx, note->fraction, borrow(note->text)), "";
    bool taken = true;
    if (auto* fetch = std::get_if<ProgramFetch>(&what)) taken = exchange->put(std::move(*fetch));
    if (auto* secret = std::get_if<ProgramSecret>(&what)) taken = exchange->put(std::move(*secret));
    if (auto* result = std::get_if<ProgramResult>(&what)) taken = exchange->put(std::move(*result));
    return taken ? "" : "asks faster than it can be answered";
}

std::shared_ptr<ExecExchange> ExecPlugin::find(std::uint64_t call, bool last) {
    const MutexLock lock(mutex_);
    const auto found = exchanges_.find(call);
    if (found == exchanges_.end()) return nullptr;
    auto exchange = found->second;
    if (last) exchanges_.erase(found);
    return exchange;
}

std::int32_t ExecPlugin::call(ProgramCall call, const stepd_ctx_v1* ctx) {
    const auto exchange = std::make_shared<ExecExchange>(ctx);
    {
        const MutexLock lock(mutex_);
        call.call = ++lastCall_;
        exchanges_.emplace(call.call, exchange);
    }
    call.nowNs = Duration(std::chrono::steady_clock::now().time_since_epoch()).count();
    process_->write(callText(call, *ctx));
    for (;;) {
        const auto question = exchange->next();
        if (!question) {
            process_->write(cancelText(call.call, ctx->host->cancelled(ctx)));
        } else if (const auto* result = std::get_if<ProgramResult>(&*question)) {
            return conclude(ctx, call.type, *result);
        } else if (const auto* fetch = std::get_if<ProgramFetch>(&*question)) {
            answer(*fetch, call.call, ctx);
        } else if (const auto* secret = std::get_if<ProgramSecret>(&*question)) {
            answer(*secret, call.call, ctx);
        }
    }
}

void ExecPlugin::answer(const ProgramFetch& fetch, std::uint64_t call, const stepd_ctx_v1* ctx) {
    const WireRequests wires(fetch.requests);
    const auto* replies = ctx->host->http_fetch(ctx, wires.pointers.data(), wires.pointers.size(), fetch.maxParallel);
    process_->write(fetchedText(call, fetch.id, replies, replies == nullptr ? 0 : wires.pointers.size()));
    if (replies != nullptr) ctx->host->http_release(ctx, replies);
}

void ExecPlugin::answer(const ProgramSecret& secret, std::uint64_t call, const stepd_ctx_v1* ctx) {
    stepd_str value{};
    const bool found = ctx->host->secret_get(ctx, borrow(secret.name), &value) != 0;
    process_->write(secretText(call, secret.id, found ? &value : nullptr));
}

}  // namespace stepd::worker
