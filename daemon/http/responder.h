#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "http/response.h"

namespace stepd::http {

class Exchange;

/// The right to answer one request, now or later, from any thread. All copies speak for the same request: the first
/// `send` counts, and when the last copy goes without one, the answer is 500. It may outlive the connection and the
/// server. Thread-safe.
///
/// An answer in parts (server-sent events) will be a second way to complete: `Stream stream(Response head)`; nothing
/// here assumes that an answer ends with its head.
class Responder {
public:
    /// `complete` is called exactly once, by the thread that sends or that drops the last copy; it must not throw or
    /// block. The server makes one for each request; a test makes one to call a handler without a server.
    explicit Responder(std::function<void(Response)> complete);

    /// Hands over the answer without blocking. False if one was sent before: then this one is dropped. True says
    /// nothing about the client, which may be gone.
    bool send(Response response) const;

    /// True once the client has closed its side: work done only for it may stop. An answer may still be sent; a client
    /// that half-closed reads it.
    bool clientGone() const;

    /// What the server keeps to say that the client left, without keeping the request unanswered.
    std::weak_ptr<Exchange> exchange() const { return exchange_; }

private:
    std::shared_ptr<Exchange> exchange_;  // shared by the copies: a handler's std::function must be copyable
};

/// The state behind the copies of a Responder. Thread-safe.
class Exchange {
public:
    explicit Exchange(std::function<void(Response)> complete) : complete_(std::move(complete)) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    bool send(Response response);
    bool clientGone() const { return gone_.load(std::memory_order_relaxed); }
    void markClientGone() { gone_.store(true, std::memory_order_relaxed); }

private:
    std::function<void(Response)> complete_;
    std::atomic<bool> sent_ = false;
    std::atomic<bool> gone_ = false;
};

}  // namespace stepd::http
