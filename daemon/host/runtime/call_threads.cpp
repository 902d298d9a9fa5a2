#include "host/runtime/call_threads.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "base/text.h"

namespace stepd::host {
namespace {

thread_local std::uint64_t running = 0;

stepd_str borrow(const std::string& text) {
    return {text.data(), text.size()};
}

std::int32_t refuse(Call& call, std::int32_t outcome, const std::string& code, const std::string& sentence) {
    const stepd_error_v1 error{.struct_size = sizeof(error),
                               .reserved0 = 0,
                               .code = borrow(code),
                               .message = borrow(sentence),
                               .details = {},
                               .retry_after_ns = -1};
    call.ctx()->host->set_error(call.ctx(), &error);
    return outcome;
}

/// A health answer as the host expects it.
ResultMessage healthResult(std::int32_t status, const ResultMessage& said) {
    const char* word = status == STEPD_HEALTHY ? "healthy" : status == STEPD_LIMITED ? "limited" : "unhealthy";
    ResultMessage result;
    result.output = std::string("{\"status\":\"") + word + "\",\"message\":" + jsonString(said.message) +
                    ",\"details\":" + (said.details.empty() ? "null" : said.details) + "}";
    return result;
}

}  // namespace

std::uint64_t runningToken() noexcept {
    return running;
}

void CallThreads::start() {
    alive_ = options_.threads;
    for (std::uint32_t i = 0; i < options_.threads; ++i)
        std::thread([self = shared_from_this(), i] { self->work(i); }).detach();
}

void CallThreads::stop() {
    const MutexLock lock(mutex_);
    stopping_ = true;
    queued_.notifyAll();
}

bool CallThreads::add(std::uint64_t token, CallMessage message) {
    auto call = std::make_shared<Call>(*sink_, token, std::move(message), options_.maxOutputBytes);
    const MutexLock lock(mutex_);
    if (!calls_.try_emplace(token, call).second) return false;
    queue_.push_back(std::move(call));
    return true;
}

void CallThreads::wake() {
    const MutexLock lock(mutex_);
    if (queue_.empty() || idle_ == 0) return;
    // A thread that took a call a moment ago will soon be back for the next.
    const bool someoneIsQuick = idle_ < options_.threads && std::chrono::steady_clock::now() - lastTaken_ < kPatience;
    if (!someoneIsQuick) queued_.notifyOne();
}

std::shared_ptr<Call> CallThreads::find(std::uint64_t token) {
    const MutexLock lock(mutex_);
    const auto found = calls_.find(token);
    return found == calls_.end() ? nullptr : found->second;
}

bool CallThreads::waits() {
    {
        const MutexLock lock(mutex_);
        if (!queue_.empty() && idle_ > 0) return true;
    }
    return sink_->keepsBack();
}

void CallThreads::lookAfter() {
    {
        const MutexLock lock(mutex_);
        for (auto count = std::min(queue_.size(), idle_); count > 0; --count) queued_.notifyOne();
    }
    if (sink_->keepsBack()) sink_->flush();
}

std::shared_ptr<Call> CallThreads::next(UsageClock& clock) {
    for (bool flushed = false;; flushed = true) {
        bool reads = false;
        {
            const MutexLock lock(mutex_);
            while (flushed && queue_.empty() && !stopping_ && !(reads = beginReading())) {
                ++idle_;
                queued_.wait(mutex_);
                --idle_;
                clock.slept();
            }
            if (!queue_.empty()) {
                auto call = std::move(queue_.front());
                queue_.pop_front();
                lastTaken_ = std::chrono::steady_clock::now();
                return call;
            }
            if (stopping_) return nullptr;
        }
        if (!reads) {
            sink_->flush();  // before it sleeps, and without the lock
            continue;
        }
        options_.read();
        clock.slept();
        const MutexLock lock(mutex_);
        endReading();
    }
}

bool CallThreads::beginReading() {
    return options_.read && !std::exchange(read_, true);
}

void CallThreads::endReading() {
    read_ = false;
    lastRead_ = std::chrono::steady_clock::now();
    ++readings_;
    if (std::exchange(sleeps_, false)) unread_.notifyOne();
}

/// To be woken at each call would cost as much as the call. So it looks every now and then, as long as there are any.
void CallThreads::standBy() {
    const MutexLock lock(mutex_);
    for (;;) {
        const auto seen = readings_;
        unread_.waitUntil(mutex_, std::chrono::steady_clock::now() + kPatience);
        if (!read_ && std::chrono::steady_clock::now() - lastRead_ >= kPatience) break;
        sleeps_ = read_ && readings_ == seen;
        while (sleeps_) unread_.wait(mutex_);
    }
    read_ = true;
}

bool CallThreads::handOver() {
    const MutexLock lock(mutex_);
    if (idle_ < options_.threads) return false;
    endReading();
    queued_.notifyOne();
    return true;
}

void CallThreads::work(std::uint32_t index) {
    if (options_.begun) options_.begun();
    serve(index);
    if (--alive_ != 0) return;
    shared_.clear();  // here, as it is code of the plugin
    if (options_.ended) options_.ended();
}

void CallThreads::serve(std::uint32_t index) {
    Instances own(*library_, options_.instances);
    const bool alone = options_.ownProcess && options_.threads == 1;
    UsageClock clock = alone && options_.clock ? UsageClock(*options_.clock)
                                               : UsageClock(alone ? UsageClock::Of::Process : UsageClock::Of::Thread);
    while (const auto call = next(clock)) {
        running = call->token();
        if (options_.running != nullptr) options_.running[index].store(running, std::memory_order_relaxed);
        execute(*call, own, clock);
        running = 0;
        if (options_.running != nullptr) options_.running[index].store(0, std::memory_order_relaxed);
    }
}

void CallThreads::execute(Call& call, Instances& own, UsageClock& clock) {
    std::unique_lock<std::mutex> turn;
    if (library_->serial) turn = std::unique_lock(*library_->serial);
    const std::int64_t begun = clock.begin();
    call.runsBy(clock.id(), begun);
    const std::int32_t outcome = outcomeOf(call, own);
    Usage used{.cpuNs = clock.end(begun), .peakRss = 0};
    if (options_.ownProcess) used.peakRss = peak_.after(used.cpuNs);
    if (turn) turn.unlock();
    ResultMessage result = call.message().kind == CallKind::Health ? healthResult(outcome, call.result(STEPD_PERMANENT))
                                                                   : call.result(outcome);
    result.usage = used;
    {
        const MutexLock lock(mutex_);
        calls_.erase(call.token());
    }
    sink_->end(call.token(), std::move(result));
}

std::int32_t CallThreads::outcomeOf(Call& call, Instances& own) {
    const auto& message = call.message();
    const int step = library_->find(message.step);
    if (step < 0)
        return refuse(call, STEPD_INVALID_CONFIG, "unknown_step",
                      message.step.empty() ? "the plugin has several step types: name one as PLUGIN/STEP"
                                           : "the plugin has no step type '" + message.step + "'");
    const auto index = static_cast<std::size_t>(step);
    const stepd_step_v1& entry = library_->steps[index];
    if (message.kind == CallKind::ValidateConfig)
        return entry.validate_config == nullptr ? std::int32_t{STEPD_OK}
                                                : entry.validate_config(call.ctx(), borrow(message.config));
    if (message.kind == CallKind::Health) return health(index, call, own);
    std::int32_t outcome = STEPD_OK;
    const auto instance = (entry.threading == STEPD_REENTRANT ? shared_ : own).get(index, call, outcome);
    if (!instance) return outcome;
    return entry.execute(instance->raw(), call.ctx(), borrow(message.input));
}

std::int32_t CallThreads::health(std::size_t step, Call& call, Instances& own) {
    const stepd_step_v1& entry = library_->steps[step];
    if (entry.health == nullptr) return STEPD_HEALTHY;
    std::int32_t outcome = STEPD_OK;
    const auto instance = (entry.threading == STEPD_REENTRANT ? shared_ : own).get(step, call, outcome);
    // A step may need its `with`, so that it cannot be made from the plugin's options alone: that is no illness.
    if (!instance) return STEPD_LIMITED;
    return entry.health(instance->raw(), call.ctx());
}

}  // namespace stepd::host
