#pragma once

#include <algorithm>

#include <stepd/testing/harness.h>

// The host's side of the harness: the function table that a plugin is given.
namespace stepd::testing {

/// Replies of one fetch in the shape of the ABI, and what they borrow from.
class StepHarness::Replies {
public:
    explicit Replies(std::vector<HttpReply> replies) : replies_(std::move(replies)) {
        using detail::borrow;
        for (const auto& reply : replies_) {
            auto& headers = texts_.emplace_back();
            for (const auto& [name, value] : reply.headers)
                headers.insert(headers.end(), {borrow(name), borrow(value)});
            auto& redirects = texts_.emplace_back();
            for (const auto& url : reply.redirects) redirects.push_back(borrow(url));
            wires_.push_back({.struct_size = sizeof(stepd_http_reply_v1),
                              .flags = reply.truncated ? std::uint32_t{STEPD_HTTP_TRUNCATED} : 0U,
                              .failure = borrow(reply.failure),
                              .message = borrow(reply.message),
                              .final_url = borrow(reply.finalUrl),
                              .body = borrow(reply.body),
                              .headers = headers.data(),
                              .header_count = headers.size() / 2,
                              .redirects = redirects.data(),
                              .redirect_count = redirects.size(),
                              .elapsed_ns = reply.elapsed.count(),
                              .status = reply.status,
                              .reserved0 = 0});
            pointers_.push_back(&wires_.back());
        }
    }
    const stepd_http_reply_v1* const* get() const { return pointers_.data(); }

private:
    std::vector<HttpReply> replies_;
    std::list<std::vector<stepd_str>> texts_;
    std::list<stepd_http_reply_v1> wires_;
    std::vector<const stepd_http_reply_v1*> pointers_;
};

inline const stepd_http_reply_v1* const* StepHarness::fetch(const stepd_ctx_v1* ctx,
                                                            const stepd_http_request_v1* const* requests,
                                                            std::uint64_t count, std::uint32_t) {
    using detail::view;
    StepHarness& harness = self(ctx);
    const HttpReply cancelled{.failure = "cancelled", .message = "the step was cancelled"};
    std::vector<HttpReply> replies;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto& wire = *requests[i];
        HttpRequest request{.url = std::string(view(wire.url)),
                            .method = std::string(view(wire.method)),
                            .body = std::string(view(wire.body)),
                            .options = {.timeout = Duration(wire.timeout_ns),
                                        .connectTimeout = Duration(wire.connect_timeout_ns),
                                        .maxRedirects = wire.max_redirects,
                                        .maxBodyBytes = wire.max_body_bytes,
                                        .truncateBody = (wire.flags & STEPD_HTTP_TRUNCATE_BODY) != 0}};
        for (std::uint64_t h = 0; h < wire.header_count; ++h)
            request.options.headers.emplace_back(view(wire.headers[2 * h]), view(wire.headers[2 * h + 1]));
        replies.push_back(harness.reason() != 0 ? cancelled : harness.http.answer(request));
    }
    Duration longest{};
    for (const auto& reply : replies) longest = std::max(longest, reply.elapsed);
    if (longest > Duration{} && harness.pass(longest) != 0)
        for (auto& reply : replies)
            if (reply.elapsed > Duration{}) reply = cancelled;
    const std::lock_guard lock(harness.mutex_);
    return harness.replies_.emplace_back(std::move(replies)).get();
}

inline std::int32_t StepHarness::waitCancelled(const stepd_ctx_v1* ctx, std::int64_t ns) {
    return self(ctx).pass(Duration(ns));
}

inline std::int32_t StepHarness::pass(Duration duration) {
    using Time = std::chrono::system_clock;
    const auto before = std::min(Duration(std::chrono::hours(24 * 365)), std::max(duration, Duration{}));
    std::int32_t why = 0;
    {
        const std::lock_guard lock(mutex_);
        if (reason() != 0) return reason();
        const auto [delay, cancelReason] = cancelAfter_;
        const bool first = delay < timeout;
        const auto left = std::min(delay, timeout) - (now - started_);
        now += std::chrono::duration_cast<Time::duration>(std::min<Duration>(before, std::max<Duration>(left, {})));
        if (left > before) return 0;
        why = static_cast<std::int32_t>(first ? cancelReason : CancelReason::Timeout);
        stopped_ = why;
    }
    ::eventfd_write(cancelFd_, 1);
    return why;
}

inline const stepd_host_v1& StepHarness::hostTable() {
    using detail::view;
    static const stepd_host_v1 table{
        .struct_size = sizeof(table),
        .reserved0 = 0,
        .log =
            [](const stepd_ctx_v1* ctx, std::int32_t level, stepd_str text) {
                const std::lock_guard lock(self(ctx).mutex_);
                self(ctx).logs.push_back({static_cast<LogLevel>(level), std::string(view(text))});
            },
        .progress =
            [](const stepd_ctx_v1* ctx, double fraction, stepd_str text) {
                const std::lock_guard lock(self(ctx).mutex_);
                self(ctx).notes.push_back({fraction, std::string(view(text))});
            },
        .now = [](const stepd_ctx_v1* ctx) -> std::int64_t {
            const std::lock_guard lock(self(ctx).mutex_);
            return Duration(self(ctx).now.time_since_epoch()).count();
        },
        .cancelled = [](const stepd_ctx_v1* ctx) -> std::int32_t { return self(ctx).reason(); },
        .cancel_fd = [](const stepd_ctx_v1* ctx) -> std::int32_t { return self(ctx).cancelFd_; },
        .http_fetch = &StepHarness::fetch,
        .http_release = nullptr,
        .secret_get = [](const stepd_ctx_v1* ctx, stepd_str name, stepd_str* value) -> std::int32_t {
            const auto found = self(ctx).secrets.find(std::string(view(name)));
            if (found == self(ctx).secrets.end()) return 0;
            *value = detail::borrow(found->second);
            return 1;
        },
        .set_output = [](const stepd_ctx_v1* ctx, stepd_str json) { self(ctx).output_ = Json::parse(view(json)); },
        .set_error =
            [](const stepd_ctx_v1* ctx, const stepd_error_v1* error) {
                self(ctx).code_ = view(error->code);
                self(ctx).message_ = view(error->message);
                self(ctx).details_ = error->details.len == 0 ? Json() : Json::parse(view(error->details));
                self(ctx).retryAfter_ = error->retry_after_ns;
            },
        .set_resume_token = [](const stepd_ctx_v1* ctx, stepd_str token) { self(ctx).token_ = view(token); },
        .wait_cancelled = &StepHarness::waitCancelled,
    };
    return table;
}

inline StepHarness::StepHarness(std::string_view type, Json options) : options_(detail::dump(options)) {
    const stepd_plugin_v1* plugin = stepd_plugin_v1_get();
    for (std::uint32_t i = 0; i < plugin->step_count; ++i)
        if (type.empty() || detail::view(plugin->steps[i]->type) == type) entry_ = plugin->steps[i];
    if (entry_ == nullptr) throw std::invalid_argument("the plugin has no step type " + std::string(type));
}

inline StepHarness::~StepHarness() {
    if (instance_ != nullptr) entry_->destroy(instance_);
    ::close(cancelFd_);
}

inline void StepHarness::cancel(CancelReason reason) {
    cancelled_ = static_cast<std::int32_t>(reason);
    ::eventfd_write(cancelFd_, 1);
}

inline stepd_ctx_v1 StepHarness::context() {
    using detail::borrow;
    output_ = details_ = Json();
    code_.clear(), message_.clear(), token_.clear();
    retryAfter_ = -1;
    started_ = now;
    if (stopped_.exchange(0) != 0 && cancelled_ == 0) {  // the run before ran out of time; this one begins afresh
        eventfd_t count = 0;
        ::eventfd_read(cancelFd_, &count);
    }
    previousErrorText_ = previousError.is_null() ? std::string() : detail::dump(previousError);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    return {.struct_size = sizeof(stepd_ctx_v1),
            .attempt = attempt,
            .attempts_left = attemptsLeft,
            .reserved0 = 0,
            .host = &hostTable(),
            .host_data = this,
            .run_id = borrow(runId),
            .event_id = borrow(eventId),
            .step_id = borrow(stepId),
            .idempotency_key = borrow(idempotencyKey),
            .resume_token = borrow(resumeToken),
            .previous_error = borrow(previousErrorText_),
            .run_started_ns = Duration(runStartedAt.time_since_epoch()).count(),
            .deadline_ns = Duration(deadline.time_since_epoch()).count()};
}

inline Outcome StepHarness::taken(std::int32_t outcomeClass) {
    if (outcomeClass == STEPD_OK) return Outcome(output_).resumeToken(token_);
    Outcome outcome(static_cast<Class>(outcomeClass), code_, message_);
    return std::move(outcome)
        .details(details_)
        .retryAfter(retryAfter_ < 0 ? std::nullopt : std::optional<Duration>(retryAfter_))
        .resumeToken(token_);
}

inline Outcome StepHarness::runText(std::string_view input) {
    const stepd_ctx_v1 ctx = context();
    if (instance_ == nullptr) {
        const auto made = entry_->create(&ctx, detail::borrow(options_), &instance_);
        if (made != STEPD_OK) return instance_ = nullptr, taken(made);
    }
    const auto outcome = entry_->execute(instance_, &ctx, detail::borrow(input));
    replies_.clear();
    resumeToken = token_;
    return taken(outcome);
}

inline Health StepHarness::health() {
    const stepd_ctx_v1 ctx = context();
    if (instance_ == nullptr) {
        const auto made = entry_->create(&ctx, detail::borrow(options_), &instance_);
        if (made != STEPD_OK) return instance_ = nullptr, Health{HealthStatus::Unhealthy, message_, details_};
    }
    const auto status = entry_->health(instance_, &ctx);
    return {static_cast<HealthStatus>(status), message_, details_};
}

}  // namespace stepd::testing
