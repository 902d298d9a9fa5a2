#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace stepd::ctl {

using Json = nlohmann::ordered_json;

struct Reply {
    long status = 0;
    std::string body;
    bool ok() const { return status >= 200 && status < 300; }
    /// Null if the body is no JSON.
    Json json() const { return Json::parse(body, nullptr, false); }
};

/// Nobody answered at the URL: exit code 3.
struct NoDaemon : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The daemon's answer is no: exit code 1. The text is the problem's sentence.
struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The daemon's public HTTP API, over libcurl. One thread at a time.
class Client {
public:
    Client(const std::string& url, std::string key)
        : url_(url.substr(0, url.find_last_not_of('/') + 1)), key_(std::move(key)) {}

    /// Throws NoDaemon. Any status is an answer.
    Reply request(const std::string& method, const std::string& path, const std::optional<std::string>& body = {},
                  std::chrono::seconds patience = kPatience) const;
    /// The JSON of a 2xx answer; throws Refused for any other.
    Json get(const std::string& path) const;
    Json post(const std::string& path, const std::string& body) const;
    /// The same for what may take a day.
    Json postLong(const std::string& path, const std::string& body) const;
    /// The JSON of a 2xx answer; throws Refused for any other.
    Json checked(const Reply& reply) const;

private:
    static constexpr std::chrono::seconds kPatience{60};

    const std::string url_;
    const std::string key_;
};

/// The operator's key: the file named, else $STEPD_KEY_FILE, else ./var/operator.key, else that of the system's
/// service. Empty if there is none; throws Refused if the file that was named cannot be read.
std::string findOperatorKey(const std::string& file);

/// Percent-encodes all but unreserved characters.
std::string encoded(const std::string& text);

}  // namespace stepd::ctl
