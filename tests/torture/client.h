#pragma once

#include <chrono>
#include <deque>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "torture/connection.h"
#include "torture/jobs.h"
#include "torture/load.h"

namespace stepd::torture {

/// One client of a Load, on a thread of its own.
class Client {
public:
    Client(Load& load, std::uint64_t seed);
    /// Until the load finishes or is abandoned.
    void run();

private:
    using Clock = std::chrono::steady_clock;
    struct Request {
        std::string path;
        std::string body;
        std::string idempotencyKey;  ///< empty: none
        std::size_t events = 1;
    };

    void askForJobs();
    void sendAnswers();
    void sendEvents(const std::vector<JobEvent>& events);
    void sendRouted(std::int64_t job);
    void sendOnce(std::int64_t job);
    std::string sendToRoute(const std::string& path, const JobEvent& event);
    nlohmann::json deliver(const Request& request);
    Answer insist(const Request& request);
    void promised(Promise promise);
    void wrong(const Request& request, const Answer& answer, const std::string& why);
    void pause(std::chrono::milliseconds time) const;
    std::uint64_t upTo(std::uint64_t count) { return random_.next() % count; }

    Load& load_;
    SeededRandom random_;
    Connection connection_;
    std::deque<std::pair<Clock::time_point, JobEvent>> answers_;  // to be sent then
    Clock::time_point turn_ = Clock::now();                       // when the rate lets it ask again
};

}  // namespace stepd::torture
