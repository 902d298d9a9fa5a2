#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/service.h"
#include "base/task_pool.h"
#include "model/fetch.h"
#include "outbound/address.h"

namespace stepd::outbound {

struct Resolved {
    FetchFailure failure = FetchFailure::None;  ///< DnsNotFound or DnsFailed
    std::string message;
    std::vector<Address> addresses;
};

/// Names to addresses. `done` runs on a thread of the resolver, or at once; it must only post.
class Resolver {
public:
    virtual ~Resolver() = default;
    virtual void resolve(const std::string& host, std::function<void(Resolved)> done) = 0;
};

/// The system's resolver. getaddrinfo blocks, so a few threads wait for it.
class SystemResolver final : public Resolver, public Service {
public:
    SystemResolver();
    const char* name() const override { return "resolver"; }
    void start() override { pool_.start(); }
    void stop() override { pool_.stop(); }
    void resolve(const std::string& host, std::function<void(Resolved)> done) override;

private:
    TaskPool pool_;
};

}  // namespace stepd::outbound
