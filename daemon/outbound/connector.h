#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/service.h"
#include "model/fetch.h"
#include "outbound/guard.h"
#include "outbound/politeness.h"
#include "outbound/resolver.h"

namespace stepd::outbound {

class Exchange;

struct ConnectorOptions {
    PolitenessOptions politeness;
    std::string userAgent = "stepd/" STEPD_VERSION;
    std::uint64_t maxBodyBytes = 8U << 20;  ///< no request may ask for more
    Duration maxTimeout = 5min;             ///< likewise
};

/// The one way out of this machine over HTTP (hardening R34): guard, politeness, resolver, libcurl multi; redirects by
/// our own code, each hop through all of them. One thread of its own. `fetch` and `cancel` are thread-safe and never
/// block; `done` runs exactly once for each fetch, on the connector's thread, and must only post.
class Connector final : public Service {
public:
    using FetchId = std::uint64_t;
    using Callback = std::function<void(FetchResponse)>;

    Connector(const ConnectorOptions& options, const Guard& guard, Resolver& resolver, const Clock& clock);
    ~Connector() override;

    const char* name() const override { return "outbound"; }
    void start() override;
    /// Requests on their way end as Cancelled.
    void stop() override;

    /// A fresh id; give it to `fetch`, and to `cancel` from any moment on.
    FetchId nextId() { return ++lastId_; }
    void fetch(FetchId id, FetchRequest request, Callback done);
    /// Ignores a finished or unknown one.
    void cancel(FetchId id);

private:
    struct Start {
        FetchId id;
        FetchRequest request;
        Callback done;
    };
    struct Cancel {
        FetchId id;
    };
    struct Answer {
        FetchId id;
        Resolved resolved;
    };
    using Message = std::variant<Start, Cancel, Answer>;

    void loop();
    void post(Message message);
    void handle(Message message);
    void begin(FetchId id, Start start);
    /// Guard and queue for the hop that `nextUrl` names.
    void enterHop(FetchId id);
    void resolve(FetchId id);
    void connect(FetchId id, const std::vector<Address>& addresses);
    void collectEnded();
    void hopEnded(FetchId id, int curlCode);
    void fail(FetchId id, FetchFailure failure, const std::string& message);
    int waitMillis() const;

    const ConnectorOptions options_;
    const Guard& guard_;
    Resolver& resolver_;
    const Clock& clock_;
    void* multi_ = nullptr;
    std::atomic<FetchId> lastId_{0};
    Mailbox<Message> inbox_;
    Politeness politeness_;
    struct Active;
    std::map<FetchId, std::unique_ptr<Active>> active_;
    std::thread thread_;
};

}  // namespace stepd::outbound
