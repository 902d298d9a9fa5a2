#pragma once

#include <stepd/abi.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/mutex.h"
#include "host/messages.h"
#include "host/runtime/call_sink.h"
#include "host/runtime/http_batch.h"

namespace stepd::host {

/// One call while it runs: the plugin's view of it (`ctx`), the host's services behind the ABI's function table, and
/// what the plugin has handed to the sinks. The plugin may use `ctx` from any of its threads; cancel and the replies
/// come from the thread that reads frames.
class Call {
public:
    Call(CallSink& sink, std::uint64_t token, CallMessage message, std::uint64_t maxOutputBytes);

    std::uint64_t token() const { return token_; }
    const CallMessage& message() const { return message_; }
    const stepd_ctx_v1* ctx() const { return &ctx_; }

    void cancel(std::int32_t reason) EXCLUDES(mutex_);
    void deliver(HttpReplyMessage reply) EXCLUDES(mutex_);
    void deliver(SecretReplyMessage reply) EXCLUDES(mutex_);

    /// From now on the calling thread executes it: `clock` has its processor time, which is `begunNs` now.
    void runsBy(clockid_t clock, std::int64_t begunNs);
    /// Processor time so far, in nanoseconds; absent while nobody executes it.
    std::optional<std::int64_t> cpuNs() const;

    /// What the plugin brought back, given the class that it returned.
    ResultMessage result(std::int32_t outcome) EXCLUDES(mutex_);

private:
    struct Functions;

    const stepd_http_reply_v1* const* fetch(const stepd_http_request_v1* const* requests, std::uint64_t count,
                                            std::uint32_t maxParallel) EXCLUDES(mutex_);
    std::int32_t secret(std::string name, stepd_str& value) EXCLUDES(mutex_);
    std::int32_t waitCancelled(std::int64_t ns) EXCLUDES(mutex_);
    void setOutput(stepd_str json) EXCLUDES(mutex_);
    void setError(const stepd_error_v1& error) EXCLUDES(mutex_);
    /// A copy of a text that goes to the host; if it is not UTF-8 or too long, `bug` says so.
    static std::string taken(stepd_str text, std::uint64_t most, const char* what, std::string& bug);
    static Call& of(const stepd_ctx_v1* ctx) { return *static_cast<Call*>(ctx->host_data); }

    int cancelDescriptor() EXCLUDES(mutex_);

    CallSink& sink_;
    const std::uint64_t token_;
    const CallMessage message_;
    const std::uint64_t maxOutputBytes_;
    std::atomic<std::int32_t> cancelled_{0};
    std::atomic<clockid_t> clock_{0};
    std::atomic<std::int64_t> begunNs_{-1};  ///< negative: nobody executes it
    stepd_ctx_v1 ctx_{};

    Mutex mutex_;
    Condition arrived_;
    FileDescriptor cancelEvent_ GUARDED_BY(mutex_);  ///< made when it is asked for: few steps do
    std::uint64_t lastRequest_ GUARDED_BY(mutex_) = 0;
    std::map<std::uint64_t, HttpBatch> batches_ GUARDED_BY(mutex_);
    std::map<std::uint64_t, SecretReplyMessage> secrets_ GUARDED_BY(mutex_);
    ResultMessage result_ GUARDED_BY(mutex_);
    std::string bug_ GUARDED_BY(mutex_);  ///< what is wrong with the output or the error
    std::string tokenBug_ GUARDED_BY(mutex_);
};

}  // namespace stepd::host
