#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <stepd/testing/harness.h>

// What the tests of whole crawls share: a web of scripted pages, and the plugin under the harness.
namespace stepd::website::testing {

using namespace std::string_literals;
using stepd::testing::StepHarness;

inline const std::string kText =
    "<main><p>Valves have to close, and they have to close every time, in heat and cold, after years without use. Each "
    "of them is "
    "tested twice before it leaves the plant, once with water and once with helium, and never by the one who made it, "
    "says page ";

inline Json options(Json more = Json::object()) {
    Json all{{"contact_url", "https://us.example/bot"}, {"per_host_delay_ms", 0}, {"retry_delay_ms", 0}};
    all.update(more);
    return all;
}

/// Hosts under test: replies by URL, 404 for all others.
class FakeWeb {
public:
    explicit FakeWeb(Json more = Json::object()) : step("website_analyzer", options(std::move(more))) {
        step.http.reply([this](const HttpRequest& request) { return answer(request); });
    }
    void page(const std::string& url, const std::string& body,
              HttpHeaders headers = {{"content-type", "text/html; charset=utf-8"}}) {
        replies_[url] = {.status = 200, .headers = std::move(headers), .body = body};
    }
    void content(const std::string& url, const std::string& name) {
        page(url, "<title>" + name + "</title>" + kText + name + ".</p></main>");
    }
    void status(const std::string& url, int status, HttpHeaders headers = {}) {
        replies_[url] = {.status = status, .headers = std::move(headers), .body = "<title>no</title>"};
    }
    void failure(const std::string& url, const std::string& failure) {
        replies_[url] = {.failure = failure, .message = "it failed"};
    }
    void redirect(const std::string& from, const std::string& to) { status(from, 301, {{"location", to}}); }

    Outcome outcome(const std::string& url, bool assumed = false) {
        return step.run({{"website", {{"url", url}, {"scheme_assumed", assumed}}}});
    }
    Json analyse(const std::string& url, bool assumed = false) {
        const Outcome got = outcome(url, assumed);
        CPPUNIT_ASSERT_MESSAGE(got.code() + ": " + got.message(), got.ok());
        return got.output();
    }
    std::size_t asked(const std::string& url) const {
        const auto& all = step.http.requests();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const HttpRequest& request) { return request.url == url; }));
    }

    StepHarness step;
    std::function<void(const HttpRequest&)> onRequest;

private:
    HttpReply answer(const HttpRequest& request) {
        if (onRequest) onRequest(request);
        const auto found = replies_.find(request.url);
        return found == replies_.end()
                   ? HttpReply{.status = 404, .headers = {{"content-type", "text/html"}}, .body = "gone"}
                   : found->second;
    }
    std::map<std::string, HttpReply> replies_;
};

/// The sample site of the demo, as a static file server would give it.
inline void serveDemoSite(FakeWeb& web, const std::string& origin) {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(WEBSITE_DEMO_SITE)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream body;
        body << in.rdbuf();
        const std::string path = '/' + fs::relative(entry.path(), WEBSITE_DEMO_SITE).generic_string();
        const std::string extension = entry.path().extension();
        const std::string type = extension == ".html"  ? "text/html"
                                 : extension == ".xml" ? "application/xml"
                                                       : "text/plain";
        web.page(origin + path, body.str(), {{"content-type", type}});
        if (path == "/index.html") web.page(origin + '/', body.str(), {{"content-type", type}, {"etag", "\"7\""}});
    }
}

inline std::set<std::string> keysOf(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
}

}  // namespace stepd::website::testing
