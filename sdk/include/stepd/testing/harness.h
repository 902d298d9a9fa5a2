#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepd/step.h>

namespace stepd::testing {

/// Answers the requests of a step from a script. A request that nothing matches gets failure `not_scripted`. A reply
/// takes as long as its `elapsed` says, in the harness's time: longer than the request's timeout, and the request fails
/// so.
class ScriptedHttp {
public:
    using Function = std::function<HttpReply(const HttpRequest&)>;

    /// Replies to this exact URL. Several replies to one URL are given in turn; the last one stays.
    void reply(const std::string& url, HttpReply reply) { replies_[url].push_back(std::move(reply)); }
    /// Answers all that no exact URL answers.
    void reply(Function function) { function_ = std::move(function); }
    /// What the step has asked for, in order.
    const std::vector<HttpRequest>& requests() const { return requests_; }
    /// A line for each request and what became of it: `GET https://example.org/ -> 200`.
    const std::vector<std::string>& story() const { return story_; }
    /// How many of them the script had no reply for.
    std::size_t unexpected() const { return unexpected_; }

    /// Answers as the host would. Thread-safe.
    HttpReply answer(const HttpRequest& request);

private:
    std::mutex mutex_;
    std::map<std::string, std::list<HttpReply>> replies_;
    Function function_;
    std::vector<HttpRequest> requests_;
    std::vector<std::string> story_;
    std::size_t unexpected_ = 0;
};

inline HttpReply ScriptedHttp::answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    HttpReply reply{.failure = "not_scripted", .message = "the test has no reply for " + request.url};
    if (const auto found = replies_.find(request.url); found != replies_.end()) {
        reply = found->second.front();
        if (found->second.size() > 1) found->second.pop_front();
    } else if (function_) {
        reply = function_(request);
    }
    if (reply.status == 0 && reply.failure.empty()) reply.status = 200;
    if (reply.elapsed > request.options.timeout)
        reply = {.failure = "timeout", .message = "no answer in time", .elapsed = request.options.timeout};
    if (reply.finalUrl.empty() && !reply.failed()) reply.finalUrl = request.url;
    unexpected_ += reply.failure == "not_scripted" ? 1 : 0;
    story_.push_back(request.method + " " + request.url + " -> " +
                     (reply.failed() ? reply.failure : std::to_string(reply.status)));
    return reply;
}

struct LogLine {
    LogLevel level;
    std::string text;
};
struct ProgressNote {
    double fraction;
    std::string text;
};

/// Runs a step as the host does, through the plugin's exported C function, in this process. Set the public fields, then
/// `run`. The step object is made on the first run and kept, as in a worker. One test thread; the step may use several.
class StepHarness {
public:
    /// The step type `type` of the plugin linked into this test; empty: its only one.
    explicit StepHarness(std::string_view type = {}, Json options = Json::object());
    ~StepHarness();
    StepHarness(const StepHarness&) = delete;
    StepHarness& operator=(const StepHarness&) = delete;

    /// One attempt. A constructor that refuses the options gives `invalid_config`.
    Outcome run(const Json& input) { return runText(detail::dump(input)); }
    Outcome runText(std::string_view input);
    Health health();
    /// Ends `waitCancelled` and makes `cancelled()` true, also for later runs. From any thread or from a scripted
    /// reply.
    void cancel(CancelReason reason = CancelReason::User);
    /// The same, so long after the start of each run from now on; a step that ends before does not see it.
    void cancelAfter(Duration delay, CancelReason reason = CancelReason::User) { cancelAfter_ = {delay, reason}; }

    /// Runs the step, which must be done: gives its output. Throws Unexpected with all that happened if it ends in
    /// another way, or asks for what http has no reply to.
    Json expectDone(const Json& input);
    /// Runs the step, which must end as this class and, unless it is empty, this code. Throws Unexpected. The outcome
    /// is there until the next such run.
    const Outcome& expectFailure(const Json& input, Class outcomeClass, std::string_view code = {});

    ScriptedHttp http;
    std::map<std::string, std::string> secrets;
    int attempt = 1;
    int attemptsLeft = 3;
    std::string runId = "run-1", eventId = "event-1", stepId = "step-1", idempotencyKey = "key-1";
    std::string resumeToken;  ///< what the step left last time; handed to the next run
    Json previousError;
    /// What the step sees as now. Time passes only in `waitCancelled`, in scripted replies that take some, and when the
    /// test moves it; at once each time. 2026-01-02 03:04:05 UTC at first.
    std::chrono::system_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) +
                                                std::chrono::hours(3) + std::chrono::minutes(4) +
                                                std::chrono::seconds(5);
    std::chrono::system_clock::time_point runStartedAt = now;
    Duration timeout = std::chrono::seconds(60);  ///< of a run, in that time; then the step is told to stop

    std::vector<LogLine> logs;
    std::vector<ProgressNote> notes;

    const stepd_step_v1& entry() const { return *entry_; }

private:
    class Replies;
    struct Call;
    static const stepd_host_v1& hostTable();
    static StepHarness& self(const stepd_ctx_v1* ctx) { return *static_cast<StepHarness*>(ctx->host_data); }
    static const stepd_http_reply_v1* const* fetch(const stepd_ctx_v1* ctx,
                                                   const stepd_http_request_v1* const* requests, std::uint64_t count,
                                                   std::uint32_t maxParallel);
    static std::int32_t waitCancelled(const stepd_ctx_v1* ctx, std::int64_t ns);
    /// Lets time pass, up to the moment of a cancel; the reason if there is one.
    std::int32_t pass(Duration duration);
    std::int32_t reason() const { return cancelled_ != 0 ? cancelled_.load() : stopped_.load(); }
    std::string account(const Json& input, std::size_t firstRequest, std::size_t firstLog) const;
    stepd_ctx_v1 context();
    Outcome taken(std::int32_t outcomeClass);

    const stepd_step_v1* entry_ = nullptr;
    std::string options_;
    void* instance_ = nullptr;
    std::atomic<std::int32_t> cancelled_{0};  ///< by the test
    std::atomic<std::int32_t> stopped_{0};    ///< by the time, in this run
    std::pair<Duration, CancelReason> cancelAfter_{Duration::max(), CancelReason::User};
    std::chrono::system_clock::time_point started_{};
    std::unique_ptr<const Outcome> expected_;
    const int cancelFd_ = ::eventfd(0, EFD_CLOEXEC);
    std::mutex mutex_;
    std::string previousErrorText_;
    std::list<Replies> replies_;
    // Filled by the sinks during a call:
    Json output_, details_;
    std::string code_, message_, token_;
    std::int64_t retryAfter_ = -1;
};

/// A harness for a step class that the test can see.
template <typename StepType>
class Harness : public StepHarness {
public:
    explicit Harness(Json options = Json::object()) : StepHarness(StepType::manifest.name, std::move(options)) {}
    /// Harness<MyStep> step({{"pages", 3}});
    Harness(Json::initializer_list_t options) : Harness(Json(options)) {}
};

}  // namespace stepd::testing

#include <stepd/testing/harness_host.h>

#include <stepd/testing/expect.h>
