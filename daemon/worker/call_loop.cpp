#include "worker/call_loop.h"

#include "base/text.h"

namespace stepd::worker {
namespace {

using host::FrameType;

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
host::ResultMessage healthResult(std::int32_t status, const host::ResultMessage& said) {
    const char* word = status == STEPD_HEALTHY ? "healthy" : status == STEPD_LIMITED ? "limited" : "unhealthy";
    host::ResultMessage result;
    result.output = std::string("{\"status\":\"") + word + "\",\"message\":" + jsonString(said.message) +
                    ",\"details\":" + (said.details.empty() ? "null" : said.details) + "}";
    return result;
}

}  // namespace

CallLoop::CallLoop(host::Channel& channel, Outbox& outbox, const PluginLibrary& library, const host::LoadMessage& load)
    : channel_(channel), outbox_(outbox), library_(library), load_(load), shared_(library, load.instances) {}

bool CallLoop::run() {
    for (std::uint32_t i = library_.description.callsAtOnce(load_.threads); i > 0; --i)
        std::thread([this] { work(); }).detach();
    for (host::Frame frame;;) {
        const auto received = channel_.receive(frame);
        if (received == host::Received::Closed) return true;
        if (received != host::Received::Frame || !take(std::move(frame))) return false;
    }
}

bool CallLoop::take(host::Frame frame) {
    if (frame.type == FrameType::Call) {
        auto message = host::decode<host::CallMessage>(frame.body);
        return message && start(frame.token, std::move(*message));
    }
    // The call may have ended while its frame was under way.
    const auto call = find(frame.token);
    if (frame.type == FrameType::Cancel) {
        const auto message = host::decode<host::CancelMessage>(frame.body);
        if (message && call) call->cancel(message->reason);
        return message.has_value();
    }
    if (frame.type == FrameType::HttpReply) {
        auto message = host::decode<host::HttpReplyMessage>(frame.body);
        if (message && call) call->deliver(std::move(*message));
        return message.has_value();
    }
    if (frame.type == FrameType::SecretReply) {
        auto message = host::decode<host::SecretReplyMessage>(frame.body);
        if (message && call) call->deliver(std::move(*message));
        return message.has_value();
    }
    return false;
}

bool CallLoop::start(std::uint64_t token, host::CallMessage message) {
    auto call = std::make_shared<Call>(outbox_, token, std::move(message), load_.maxOutputBytes);
    const MutexLock lock(mutex_);
    if (!calls_.try_emplace(token, call).second) return false;
    queue_.push_back(std::move(call));
    queued_.notifyOne();
    return true;
}

std::shared_ptr<Call> CallLoop::find(std::uint64_t token) {
    const MutexLock lock(mutex_);
    const auto found = calls_.find(token);
    return found == calls_.end() ? nullptr : found->second;
}

void CallLoop::work() {
    Instances own(library_, load_.instances);
    for (;;) {
        std::shared_ptr<Call> call;
        {
            const MutexLock lock(mutex_);
            while (queue_.empty()) queued_.wait(mutex_);
            call = std::move(queue_.front());
            queue_.pop_front();
        }
        execute(*call, own);
    }
}

void CallLoop::execute(Call& call, Instances& own) {
    const std::int32_t outcome = outcomeOf(call, own);
    host::ResultMessage result = call.message().kind == host::CallKind::Health
                                     ? healthResult(outcome, call.result(STEPD_PERMANENT))
                                     : call.result(outcome);
    {
        const MutexLock lock(mutex_);
        calls_.erase(call.token());
    }
    outbox_.send(FrameType::Result, call.token(), std::move(result));
}

std::int32_t CallLoop::outcomeOf(Call& call, Instances& own) {
    const auto& message = call.message();
    const int step = library_.find(message.step);
    if (step < 0)
        return refuse(call, STEPD_INVALID_CONFIG, "unknown_step",
                      message.step.empty() ? "the plugin has several step types: name one as PLUGIN/STEP"
                                           : "the plugin has no step type '" + message.step + "'");
    const auto index = static_cast<std::size_t>(step);
    const stepd_step_v1& entry = library_.steps[index];
    if (message.kind == host::CallKind::ValidateConfig)
        return entry.validate_config == nullptr ? std::int32_t{STEPD_OK}
                                                : entry.validate_config(call.ctx(), borrow(message.config));
    if (message.kind == host::CallKind::Health) return health(index, call, own);
    std::int32_t outcome = STEPD_OK;
    const auto instance = (entry.threading == STEPD_REENTRANT ? shared_ : own).get(index, call, outcome);
    if (!instance) return outcome;
    return entry.execute(instance->raw(), call.ctx(), borrow(message.input));
}

std::int32_t CallLoop::health(std::size_t step, Call& call, Instances& own) {
    const stepd_step_v1& entry = library_.steps[step];
    if (entry.health == nullptr) return STEPD_HEALTHY;
    std::int32_t outcome = STEPD_OK;
    const auto instance = (entry.threading == STEPD_REENTRANT ? shared_ : own).get(step, call, outcome);
    // A step may need its `with`, so that it cannot be made from the plugin's options alone: that is no illness.
    if (!instance) return STEPD_LIMITED;
    return entry.health(instance->raw(), call.ctx());
}

}  // namespace stepd::worker
