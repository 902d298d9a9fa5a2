#include "ctl/http_script.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/named_thread.h"
#include "ctl/commands.h"

namespace stepd::ctl {
namespace {

FetchResponse failed(FetchFailure failure, std::string message) {
    FetchResponse response;
    response.failure = failure;
    response.message = std::move(message);
    return response;
}

struct ScriptLine {
    std::string url;  ///< with `*`
    std::string method;
    ScriptedReply reply;
    bool used = false;
};

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, back = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*')
            star = p++, back = t;
        else if (p < pattern.size() && pattern[p] == text[t])
            ++p, ++t;
        else if (star != std::string_view::npos)
            p = star + 1, t = ++back;
        else
            return false;
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

FetchFailure failureOf(const std::string& word) {
    for (int number = 0; number <= static_cast<int>(FetchFailure::Cancelled); ++number)
        if (const auto failure = static_cast<FetchFailure>(number); word == toString(failure)) return failure;
    throw Refused("\"failure\": \"" + word + "\" is none; dns_not_found, connect_failed, timeout and tls_invalid are");
}

ScriptLine lineOf(const Json& json) {
    static constexpr std::string_view kKeys[] = {"url", "method", "status", "headers", "body", "failure", "delay_ms"};
    if (!json.is_object() || !json.contains("url")) throw Refused("each reply is an object with a \"url\"");
    for (const auto& [key, value] : json.items())
        if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys))
            throw Refused("a reply has no key \"" + key + "\"");
    ScriptLine line{.url = json.at("url").get<std::string>(), .method = json.value("method", ""), .reply = {}};
    FetchResponse& response = line.reply.response;
    if (json.contains("failure"))
        response = failed(failureOf(json.at("failure").get<std::string>()), "as the script says");
    else
        response.status = json.value("status", 200);
    response.body = json.value("body", "");
    if (json.contains("headers"))
        for (const auto& [name, value] : json.at("headers").items()) {
            std::string lower = name;
            std::transform(lower.begin(), lower.end(), lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
            response.headers.emplace_back(lower, value.get<std::string>());
        }
    line.reply.delay = std::chrono::milliseconds(json.value("delay_ms", 0));
    return line;
}

}  // namespace

ScriptedWayOut::ScriptedWayOut(Answer answer) : answer_(std::move(answer)) {
    thread_ = namedThread("http script", [this] { deliver(); });
}

ScriptedWayOut::~ScriptedWayOut() {
    {
        const MutexLock lock(mutex_);
        ending_ = true;
        changed_.notifyAll();
    }
    thread_.join();
}

void ScriptedWayOut::fetch(host::FetchId id, FetchRequest request, host::HostServices::FetchDone done) {
    ScriptedReply reply = answer_(request);
    if (reply.never || reply.delay > request.timeout) {
        reply.response =
            failed(FetchFailure::Timeout, "no answer within " + std::to_string(request.timeout / 1ms) + " ms");
        reply.delay = request.timeout;
    }
    reply.response.elapsed = reply.delay;
    if (reply.response.failure == FetchFailure::None && reply.response.finalUrl.empty())
        reply.response.finalUrl = request.url;
    const MutexLock lock(mutex_);
    pending_[id] = {std::chrono::steady_clock::now() + reply.delay, std::move(reply.response), std::move(done)};
    changed_.notifyAll();
}

void ScriptedWayOut::cancel(host::FetchId id) {
    const MutexLock lock(mutex_);
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;
    found->second.due = {};
    found->second.response = failed(FetchFailure::Cancelled, "the step was cancelled");
    changed_.notifyAll();
}

void ScriptedWayOut::deliver() {
    while (auto next = nextDue()) next->done(std::move(next->response));
}

std::optional<ScriptedWayOut::Pending> ScriptedWayOut::nextDue() {
    const MutexLock lock(mutex_);
    for (;;) {
        const auto first = std::min_element(pending_.begin(), pending_.end(),
                                            [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
        if (first == pending_.end()) {
            if (ending_) return std::nullopt;
            changed_.wait(mutex_);
        } else if (ending_ || first->second.due <= std::chrono::steady_clock::now()) {
            if (ending_) first->second.response = failed(FetchFailure::Cancelled, "stepctl ends");
            return std::move(pending_.extract(first).mapped());
        } else {
            changed_.waitUntil(mutex_, first->second.due);
        }
    }
}

ScriptedWayOut::Answer readHttpScript(const std::string& file) {
    const Json json = Json::parse(argumentText('@' + file), nullptr, false);
    if (!json.is_array())
        throw Refused(file + ": must be a JSON array of replies, such as [{\"url\": \"https://*\", \"status\": 200}]");
    const auto lines = std::make_shared<std::vector<ScriptLine>>();
    try {
        for (const Json& item : json) lines->push_back(lineOf(item));
    } catch (const Refused& refused) {
        throw Refused(file + ": " + refused.what());
    } catch (const Json::exception& e) {
        throw Refused(file + ": " + e.what());
    }
    return [lines, file](const FetchRequest& request) {
        ScriptLine* last = nullptr;
        for (ScriptLine& line : *lines) {
            if (!fits(line.url, request.url) || (!line.method.empty() && line.method != request.method)) continue;
            last = &line;
            if (!std::exchange(line.used, true)) break;
        }
        if (last != nullptr) return last->reply;
        return ScriptedReply{
            failed(FetchFailure::DnsNotFound, file + " has no reply for " + request.method + " " + request.url)};
    };
}

}  // namespace stepd::ctl
