#include "ctl/chance_http.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "base/random.h"

namespace stepd::ctl {
namespace {

constexpr std::size_t kRemembered = 1000;

FetchResponse answered(int status, std::string body, const char* type) {
    FetchResponse response;
    response.status = status;
    response.body = std::move(body);
    response.headers = {{"content-type", type}};
    return response;
}

FetchResponse failed(FetchFailure failure) {
    FetchResponse response;
    response.failure = failure;
    response.message = std::string("made up: ") + toString(failure);
    return response;
}

FetchResponse goodAnswer(Random& random) {
    const std::string number = std::to_string(random.next() % 1000);
    switch (random.next() % 4) {
        case 0:
            return answered(200,
                            "<!doctype html><html><head><title>Page " + number + "</title></head><body><p>Text " +
                                number + "</p><a href=\"/next\">next</a></body></html>",
                            "text/html; charset=utf-8");
        case 1:
            return answered(200, "{\"id\": " + number + ", \"name\": \"Valve\", \"items\": [1, 2, 3]}",
                            "application/json");
        case 2: return answered(200, "[]", "application/json");
        default: return answered(200, "User-agent: *\nDisallow: /" + number + "\n", "text/plain");
    }
}

FetchResponse rubbish(Random& random) {
    std::string bytes;
    for (std::uint64_t i = random.next() % 3 == 0 ? 300'000 : 300; i > 0; --i)
        bytes += static_cast<char>(random.next());
    switch (random.next() % 3) {
        case 0: return answered(200, std::move(bytes), "application/json");
        case 1: return answered(200, "{\"items\": [{\"name\": ", "application/json");
        default: return answered(200, "", "text/html");
    }
}

ScriptedReply mixed(Random& random) {
    ScriptedReply reply;
    const std::uint64_t drawn = random.next() % 100;
    if (drawn < 50)
        reply.response = goodAnswer(random);
    else if (drawn < 60)
        reply.response = answered(404, "not found", "text/plain");
    else if (drawn < 70) {
        reply.response = answered(429, "slow down", "text/plain");
        reply.response.headers.emplace_back("retry-after", "1");
    } else if (drawn < 80)
        reply.response = answered(500, "{\"error\": \"oops\"}", "application/json");
    else if (drawn < 85)
        reply.response = failed(FetchFailure::Timeout);
    else if (drawn < 90)
        reply.response = failed(drawn % 2 == 0 ? FetchFailure::ConnectFailed : FetchFailure::DnsNotFound);
    else
        reply.response = rubbish(random);
    return reply;
}

}  // namespace

void ChanceHttp::set(Mood mood, std::uint64_t round) {
    const MutexLock lock(mutex_);
    mood_ = mood;
    round_ = round;
    asked_.clear();
}

ScriptedReply ChanceHttp::answer(const FetchRequest& request) {
    const MutexLock lock(mutex_);
    if (asked_.size() < kRemembered) asked_.push_back(request);
    changed_.notifyAll();
    if (mood_ == Mood::Hanging) return {.response = {}, .never = true};
    SeededRandom random(seed_ ^ (round_ * 0x9E3779B97F4A7C15U) ^
                        std::hash<std::string>()(request.method + " " + request.url + "\n" + request.body));
    ScriptedReply reply = mood_ == Mood::Kind ? ScriptedReply{.response = goodAnswer(random)} : mixed(random);
    if (mood_ == Mood::Mixed) reply.delay = std::chrono::microseconds(random.next() % 2000);
    return reply;
}

std::vector<FetchRequest> ChanceHttp::asked() const {
    const MutexLock lock(mutex_);
    return asked_;
}

void ChanceHttp::awaitRequest(Duration longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    const MutexLock lock(mutex_);
    while (asked_.empty() && changed_.waitUntil(mutex_, end)) {
    }
}

}  // namespace stepd::ctl
