#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "linkedin_collector/collector.h"

namespace stepd::linkedin {

/// A world for tests: time passes only when somebody waits, providers answer from a script.
class VirtualWorld final : public World {
public:
    HttpReply fetch(const HttpRequest& request) override {
        requests.push_back(request);
        if (cancelAtRequest == requests.size()) cancelled_ = true;
        HttpReply reply{.failure = "connect_failed", .message = "the script is over"};
        if (!script.empty()) reply = script.front(), script.pop_front();
        if (cancelled_) reply = {.failure = "cancelled"};
        time += std::chrono::duration_cast<kit::WallTime::duration>(reply.elapsed);
        return reply;
    }
    kit::WallTime now() const override { return time; }
    bool wait(Duration duration) override {
        waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
        if (cancelled_ || cancelAtWait == waits.size()) return cancelled_ = true;
        time += std::chrono::duration_cast<kit::WallTime::duration>(duration);
        return false;
    }
    bool cancelled() const override { return cancelled_; }
    Duration timeLeft() const override { return deadline - time; }
    std::optional<std::string> secret(std::string_view name) const override {
        const auto found = secrets.find(std::string(name));
        return found == secrets.end() ? std::nullopt : std::optional(found->second);
    }
    double random() override { return jitter; }
    void log(std::string_view text) override { logs.emplace_back(text); }

    void answer(int status, std::string body = "", HttpHeaders headers = {}) {
        script.push_back({.status = status, .headers = std::move(headers), .body = std::move(body)});
    }
    void fail(const char* failure) { script.push_back({.failure = failure}); }
    void pass(Duration duration) { time += std::chrono::duration_cast<kit::WallTime::duration>(duration); }

    kit::WallTime time = std::chrono::sys_days(std::chrono::year(2026) / 3 / 4);
    kit::WallTime deadline = time + std::chrono::hours(24);
    double jitter = 0.5;
    std::map<std::string, std::string> secrets;
    std::deque<HttpReply> script;
    std::vector<HttpRequest> requests;
    std::vector<std::int64_t> waits;  ///< milliseconds
    std::vector<std::string> logs;
    std::size_t cancelAtRequest = 0, cancelAtWait = 0;

private:
    bool cancelled_ = false;
};

/// The validator's output for `https://www.linkedin.com/in/jane-doe`.
inline Json janeDoe() {
    return Json::parse(
        R"({"request_id":"r-1","input_data":{"first_name":"Jane","last_name":"Doe","company_website":null,
        "linkedin":"https://www.linkedin.com/in/jane-doe"},
        "linkedin":{"kind":"person","id":"jane-doe","id_type":"vanity",
                    "canonical_url":"https://www.linkedin.com/in/jane-doe","dedupe_key":"jane-doe","locale":null}})");
}

/// A provider of the least configuration.
inline Json plainProvider(const char* name) {
    return {{"name", name},
            {"operations",
             {{"person",
               {{"request", {{"url", std::string("https://") + name + ".example.com/p/{{id}}"}}},
                {"response", {{"require_any", {"/name"}}}},
                {"poll", {{"mode", "repeat"}, {"max_wait_ms", 180000}}},
                {"map", {{"full_name", "/name"}}}}}}}};
}

}  // namespace stepd::linkedin
