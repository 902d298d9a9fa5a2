#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/ulid.h"
#include "http/deadline_wheel.h"
#include "http/gate.h"
#include "http/outbox.h"
#include "http/response_writer.h"

namespace stepd::http {

/// The time of one round of the reactor: read once, used for all that happens in it.
class RoundTime {
public:
    explicit RoundTime(const Clock& clock) : clock_(clock) { refresh(); }

    void refresh() {
        instant_ = clock_.instant();
        now_ = clock_.now();
        const auto second = std::chrono::floor<std::chrono::seconds>(now_);
        if (second == dateSecond_ && !date_.empty()) return;
        dateSecond_ = second;
        date_ = toHttpDate(now_);
    }
    Instant instant() const { return instant_; }
    Timestamp now() const { return now_; }
    const std::string& date() const { return date_; }

private:
    const Clock& clock_;
    Instant instant_;
    Timestamp now_;
    std::chrono::sys_seconds dateSecond_;
    std::string date_;
};

/// Fresh ids for requests: ULIDs, unique but not secret.
class RequestIds {
public:
    std::string next(Timestamp now) {
        return Ulid{.millis = static_cast<std::uint64_t>(toMillis(now)),
                    .entropyHigh = static_cast<std::uint16_t>(random_.next()),
                    .entropyLow = random_.next()}
            .text();
    }

private:
    SeededRandom random_{(std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
};

/// What the connections of one reactor share; confined to its thread.
struct Front {
    static constexpr std::size_t kScratch = 64 * 1024;

    const ServerOptions& options;
    Gate& gate;
    ServerMetrics& metrics;
    RoundTime& time;
    DeadlineWheel& deadlines;
    const std::shared_ptr<Outbox> outbox;  // shared with the responders, which may outlive the server
    RequestIds ids = {};
    std::vector<char> scratch =
        std::vector<char>(kScratch);  // bytes are received here, so that idle connections hold none
    std::size_t receiving = 0;        ///< bytes of requests that are not whole yet, of all connections
    bool draining = false;
    std::vector<ConnectionId> again = {};     // have more to do in the next round without an event
    std::vector<ConnectionId> finished = {};  // to be destroyed after this step of the round
};

}  // namespace stepd::http
