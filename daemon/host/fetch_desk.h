#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "host/event_loop.h"
#include "host/host_services.h"
#include "host/messages.h"

namespace stepd::host {

/// The outbound requests of one worker's calls: starts those of a batch up to its limit, each with the hosts that the
/// plugin is granted, hands each answer on, and cancels what a call leaves behind. Confined to the loop's thread;
/// answers come from any thread and are posted to it. Shared with the answers under way, which may outlive the worker.
class FetchDesk : public std::enable_shared_from_this<FetchDesk> {
public:
    using Reply = std::function<void(std::uint64_t token, HttpReplyMessage reply)>;
    using Denied = std::function<void(std::uint64_t token, const std::string& sentence)>;
    /// `denied` is told of each answer that a host was not granted, before `reply`.
    FetchDesk(EventLoop& loop, HostServices& services, std::shared_ptr<const NetScope> scope, Reply reply,
              Denied denied)
        : loop_(loop),
          services_(services),
          scope_(std::move(scope)),
          reply_(std::move(reply)),
          denied_(std::move(denied)) {}

    /// What is wrong with the request, which came as so many bytes; or an empty text.
    std::string start(std::uint64_t token, HttpRequestMessage message, std::size_t bytes);
    /// The call has ended, or shall: nothing of it is answered any more.
    void drop(std::uint64_t token);
    /// Before the worker goes.
    void close();

private:
    struct Batch {
        std::uint64_t number = 0;  ///< its key
        std::uint64_t token = 0;
        std::size_t bytes = 0;  ///< of all its requests
        HttpRequestMessage message;
        std::size_t next = 0;
        std::map<FetchId, std::uint32_t> running;  ///< index of each in its batch
    };
    using Batches = std::map<std::uint64_t, Batch>;
    Batches::iterator forget(Batches::iterator at);
    void fill(Batch& batch);
    void fetch(FetchId id, FetchRequest request);
    void finished(FetchId id, FetchResponse response);

    EventLoop& loop_;
    HostServices& services_;
    const std::shared_ptr<const NetScope> scope_;
    Reply reply_;
    Denied denied_;
    Batches batches_;  ///< by a number of ours
    std::map<FetchId, std::uint64_t> batchOf_;
    std::uint64_t lastBatch_ = 0;
    std::size_t bytes_ = 0;  ///< of all batches
};

}  // namespace stepd::host
