#include "host/runtime/call.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/text.h"
#include "host/runtime/usage_clock.h"
#include "model/outcome.h"

namespace stepd::host {
namespace {

constexpr std::uint64_t kMaxText = kMaxTextBytes;  // of a log line, too
constexpr std::uint64_t kMaxDetails = kMaxDetailsBytes;
constexpr std::uint64_t kMaxBatch = 10'000;

stepd_str borrow(const std::string& text) {
    return {text.data(), text.size()};
}

/// For logs and progress: cut, and what is not UTF-8 replaced by '?'.
std::string lenient(stepd_str text) {
    if (text.ptr == nullptr) return {};
    std::string out(text.ptr, std::min(text.len, kMaxText));
    for (std::size_t at = validUtf8Prefix(out); at < out.size();) {
        out[at] = '?';
        at += validUtf8Prefix(std::string_view(out).substr(at));
    }
    return out;
}

}  // namespace

/// The ABI's function table: each entry finds its call and stays noexcept.
struct Call::Functions {
    static void log(const stepd_ctx_v1* ctx, std::int32_t level, stepd_str text) noexcept {
        const auto known = std::clamp<std::int32_t>(level, STEPD_LOG_DEBUG, STEPD_LOG_ERROR);
        of(ctx).sink_.log(of(ctx).token_, {known, lenient(text)});
    }
    static void progress(const stepd_ctx_v1* ctx, double fraction, stepd_str text) noexcept {
        const double known = fraction >= 0 ? std::min(fraction, 1.0) : -1.0;  // and -1 for NaN
        of(ctx).sink_.progress(of(ctx).token_, {known, lenient(text)});
    }
    static std::int64_t now(const stepd_ctx_v1*) noexcept {
        return Duration(std::chrono::system_clock::now().time_since_epoch()).count();
    }
    static std::int32_t cancelled(const stepd_ctx_v1* ctx) noexcept { return of(ctx).cancelled_; }
    static std::int32_t cancelFd(const stepd_ctx_v1* ctx) noexcept { return of(ctx).cancelDescriptor(); }
    static const stepd_http_reply_v1* const* httpFetch(const stepd_ctx_v1* ctx,
                                                       const stepd_http_request_v1* const* requests,
                                                       std::uint64_t count, std::uint32_t maxParallel) noexcept {
        return of(ctx).fetch(requests, count, maxParallel);
    }
    static void httpRelease(const stepd_ctx_v1* ctx, const stepd_http_reply_v1* const* replies) noexcept {
        Call& call = of(ctx);
        const MutexLock lock(call.mutex_);
        std::erase_if(call.batches_, [&](const auto& entry) { return entry.second.gaveOut(replies); });
    }
    static std::int32_t secretGet(const stepd_ctx_v1* ctx, stepd_str name, stepd_str* value) noexcept {
        return of(ctx).secret(lenient(name), *value);
    }
    static void setOutput(const stepd_ctx_v1* ctx, stepd_str json) noexcept { of(ctx).setOutput(json); }
    static void setError(const stepd_ctx_v1* ctx, const stepd_error_v1* error) noexcept { of(ctx).setError(*error); }
    static void setResumeToken(const stepd_ctx_v1* ctx, stepd_str token) noexcept {
        Call& call = of(ctx);
        const MutexLock lock(call.mutex_);
        call.tokenBug_.clear();
        call.result_.resumeToken = taken(token, kMaxDetails, "the resume token", call.tokenBug_);
    }
    static std::int32_t waitCancelled(const stepd_ctx_v1* ctx, std::int64_t ns) noexcept {
        return of(ctx).waitCancelled(ns);
    }

    static constexpr stepd_host_v1 kTable{.struct_size = sizeof(stepd_host_v1),
                                          .reserved0 = 0,
                                          .log = log,
                                          .progress = progress,
                                          .now = now,
                                          .cancelled = cancelled,
                                          .cancel_fd = cancelFd,
                                          .http_fetch = httpFetch,
                                          .http_release = httpRelease,
                                          .secret_get = secretGet,
                                          .set_output = setOutput,
                                          .set_error = setError,
                                          .set_resume_token = setResumeToken,
                                          .wait_cancelled = waitCancelled};
};

Call::Call(CallSink& sink, std::uint64_t token, CallMessage message, std::uint64_t maxOutputBytes)
    : sink_(sink), token_(token), message_(std::move(message)), maxOutputBytes_(maxOutputBytes) {
    ctx_ = {.struct_size = sizeof(stepd_ctx_v1),
            .attempt = message_.attempt,
            .attempts_left = message_.attemptsLeft,
            .reserved0 = 0,
            .host = &Functions::kTable,
            .host_data = this,
            .run_id = borrow(message_.runId),
            .event_id = borrow(message_.eventId),
            .step_id = borrow(message_.stepId),
            .idempotency_key = borrow(message_.idempotencyKey),
            .resume_token = borrow(message_.resumeToken),
            .previous_error = borrow(message_.previousError),
            .run_started_ns = message_.runStartedNs,
            .deadline_ns = message_.deadlineNs};
}

void Call::cancel(std::int32_t reason) {
    std::int32_t none = 0;
    if (!cancelled_.compare_exchange_strong(none, reason)) return;
    const MutexLock lock(mutex_);  // so that no waiter misses it between its check and its wait
    if (cancelEvent_.valid()) ::eventfd_write(cancelEvent_.get(), 1);
    arrived_.notifyAll();
}

void Call::runsBy(clockid_t clock, std::int64_t begunNs) {
    clock_.store(clock, std::memory_order_relaxed);
    begunNs_.store(begunNs, std::memory_order_release);
}

std::optional<std::int64_t> Call::cpuNs() const {
    const std::int64_t begun = begunNs_.load(std::memory_order_acquire);
    if (begun < 0) return std::nullopt;
    return UsageClock::read(clock_.load(std::memory_order_relaxed)) - begun;
}

int Call::cancelDescriptor() {
    const MutexLock lock(mutex_);
    if (!cancelEvent_.valid()) {
        cancelEvent_ = FileDescriptor(::eventfd(cancelled_ != 0 ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!cancelEvent_.valid()) sink_.log(token_, {STEPD_LOG_ERROR, "cannot make an eventfd"});
    }
    return cancelEvent_.get();
}

std::int32_t Call::waitCancelled(std::int64_t ns) {
    const auto end = std::chrono::steady_clock::now() + std::min<Duration>(Duration(ns), 24h * 365);
    const MutexLock lock(mutex_);
    while (cancelled_ == 0 && arrived_.waitUntil(mutex_, end)) {
    }
    return cancelled_;
}

void Call::deliver(HttpReplyMessage reply) {
    const MutexLock lock(mutex_);
    const auto found = batches_.find(reply.batch);
    if (found == batches_.end() || found->second.complete()) return;
    found->second.put(std::move(reply));
    if (found->second.complete()) arrived_.notifyAll();
}

void Call::deliver(SecretReplyMessage reply) {
    const MutexLock lock(mutex_);
    const auto id = reply.id;
    secrets_.try_emplace(id, std::move(reply));
    arrived_.notifyAll();
}

const stepd_http_reply_v1* const* Call::fetch(const stepd_http_request_v1* const* requests, std::uint64_t count,
                                              std::uint32_t maxParallel) {
    if (count == 0 || count > kMaxBatch) return nullptr;
    HttpRequestMessage message;
    message.maxParallel = maxParallel;
    for (std::uint64_t i = 0; i < count; ++i) message.requests.push_back(copyRequest(*requests[i]));
    HttpBatch* batch = nullptr;
    {
        const MutexLock lock(mutex_);
        message.batch = ++lastRequest_;
        batch = &batches_.try_emplace(message.batch, count).first->second;
    }
    const bool fits = cancelled_ != 0 || sink_.fetch(token_, std::move(message));
    const MutexLock lock(mutex_);
    if (!fits)
        batch->fillWith(toString(FetchFailure::BodyTooLarge),
                        "the requests of one batch are together larger than 64 MiB");
    while (!batch->complete() && cancelled_ == 0) arrived_.wait(mutex_);
    batch->fillWith("cancelled", "the step was told to stop");
    return batch->replies();
}

std::int32_t Call::secret(std::string name, stepd_str& value) {
    std::uint64_t id = 0;
    {
        const MutexLock lock(mutex_);
        id = ++lastRequest_;
    }
    sink_.askSecret(token_, {id, std::move(name)});
    const MutexLock lock(mutex_);
    while (!secrets_.contains(id) && cancelled_ == 0) arrived_.wait(mutex_);
    const auto found = secrets_.find(id);
    if (found == secrets_.end() || !found->second.found) return 0;
    value = borrow(found->second.value);
    return 1;
}

std::string Call::taken(stepd_str text, std::uint64_t most, const char* what, std::string& bug) {
    if (text.len == 0) return {};
    if (text.ptr == nullptr) return bug = std::string(what) + " has a length but no bytes", std::string();
    if (text.len > most)
        return bug = std::string(what) + " is larger than " + std::to_string(most) + " bytes", std::string();
    std::string copy(text.ptr, text.len);
    if (!isUtf8(copy)) return bug = std::string(what) + " is not UTF-8", std::string();
    return copy;
}

void Call::setOutput(stepd_str json) {
    const MutexLock lock(mutex_);
    bug_.clear();
    result_.output = taken(json, maxOutputBytes_, "the output", bug_);
}

void Call::setError(const stepd_error_v1& error) {
    stepd_error_v1 copy{};
    copy.retry_after_ns = -1;
    std::memcpy(&copy, &error, std::min<std::size_t>(error.struct_size, sizeof copy));
    const MutexLock lock(mutex_);
    bug_.clear();
    result_.code = taken(copy.code, kMaxText, "the error's code", bug_);
    result_.message = taken(copy.message, kMaxText, "the error's message", bug_);
    result_.details = taken(copy.details, kMaxDetails, "the error's details", bug_);
    result_.retryAfterNs = copy.retry_after_ns;
}

ResultMessage Call::result(std::int32_t outcome) {
    const MutexLock lock(mutex_);
    ResultMessage result = std::move(result_);
    result.outcome = outcome;
    if (bug_.empty()) bug_ = tokenBug_;
    if (bug_.empty() && (toString(OutcomeClass(outcome)) == "unknown" || !reportableByPlugin(OutcomeClass(outcome))))
        bug_ = "the step returned the unknown class " + std::to_string(outcome);
    if (!bug_.empty()) {
        result = {};
        result.outcome = STEPD_BUG;
        result.code = "bad_answer";
        result.message = bug_;
    } else if (outcome == STEPD_OK && result.output.empty()) {
        result.output = "null";
    }
    return result;
}

}  // namespace stepd::host
