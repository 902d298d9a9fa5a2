#pragma once

#include <stepd/abi.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "base/file_descriptor.h"
#include "base/mutex.h"
#include "worker/exec_messages.h"

namespace stepd::worker {

/// What a program says of one call, on its way from the thread that reads to the thread that executes the call.
/// Thread-safe.
class ExecExchange {
public:
    /// Throws Error{System} without a descriptor.
    explicit ExecExchange(const stepd_ctx_v1* ctx);

    using Question = std::variant<ProgramFetch, ProgramSecret, ProgramResult>;
    /// False if too many wait to be answered.
    bool put(Question question) EXCLUDES(mutex_);
    /// The next one; absent, once, when the call shall stop.
    std::optional<Question> next() EXCLUDES(mutex_);
    const stepd_ctx_v1* ctx() const { return ctx_; }

private:
    const stepd_ctx_v1* const ctx_;
    const FileDescriptor arrived_;  ///< an eventfd
    bool told_ = false;             ///< that the call shall stop
    Mutex mutex_;
    std::deque<Question> questions_ GUARDED_BY(mutex_);
};

}  // namespace stepd::worker
