#include "worker/call_loop.h"

#include <poll.h>

#include <utility>

namespace stepd::worker {

using host::FrameType;

void CallLoop::read() {
    bool sleeps = !channel_.hasReceived() && !wait_.spin([this] { return comes({}); });
    do {
        host::Frame frame;
        const auto received = channel_.receive(frame);
        if (std::exchange(sleeps, false)) wait_.slept();
        if (received == host::Received::Closed) end_(End::HostLeft);
        if (received != host::Received::Frame || !take(frame)) end_(End::NotUnderstood);
    } while (channel_.hasReceived());
}

bool CallLoop::comes(std::chrono::nanoseconds within) {
    pollfd channel{.fd = channel_.descriptor(), .events = POLLIN, .revents = 0};
    const timespec patience{.tv_sec = 0, .tv_nsec = within.count()};
    return ::ppoll(&channel, 1, &patience, nullptr) > 0;
}

void CallLoop::run() {
    for (;;) {
        threads_.standBy();
        threads_.lookAfter();
        do {
            wait();
            read();
        } while (!threads_.handOver());
    }
}

/// The calls of a packet begin together. Until the next one comes, those that wait are looked after.
void CallLoop::wait() {
    threads_.wake();
    while (threads_.waits()) {
        if (comes(host::CallThreads::kPatience)) return;
        threads_.lookAfter();
    }
}

bool CallLoop::take(const host::Frame& frame) {
    switch (frame.type) {
        case FrameType::Call: {
            auto message = host::decode<host::CallMessage>(frame.body);
            return message && threads_.add(frame.token, std::move(*message));
        }
        case FrameType::Cancel: {
            const auto message = host::decode<host::CancelMessage>(frame.body);
            if (!message) return false;
            // The call may have ended while its frame was under way.
            if (const auto call = threads_.find(frame.token)) call->cancel(message->reason);
            return true;
        }
        case FrameType::Measure: {
            const auto call = threads_.find(frame.token);
            const auto cpu = call ? call->cpuNs() : std::nullopt;
            if (cpu) outbox_.send(FrameType::Measured, frame.token, host::Usage{.cpuNs = *cpu, .peakRss = 0});
            return frame.body.empty();
        }
        case FrameType::HttpReply: return deliver<host::HttpReplyMessage>(frame);
        case FrameType::SecretReply: return deliver<host::SecretReplyMessage>(frame);
        default: return false;
    }
}

template <typename Message>
bool CallLoop::deliver(const host::Frame& frame) {
    auto message = host::decode<Message>(frame.body);
    if (!message) return false;
    if (const auto call = threads_.find(frame.token)) call->deliver(std::move(*message));
    return true;
}

}  // namespace stepd::worker
