#pragma once

#include <memory>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace stepd::torture {

struct Answer {
    long status = 0;  ///< 0: there was none, and nobody knows what became of the request
    std::string body;
};

/// A client that keeps its connection to a daemon on loopback as long as that lives. Blocks. One thread.
class Connection {
public:
    Connection();
    Answer post(std::uint16_t port, const std::string& path, const std::string& body,
                const std::vector<std::string>& headers = {});
    Answer get(std::uint16_t port, const std::string& path);

private:
    Answer perform(std::uint16_t port, const std::string& path);

    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
};

/// The value of a metric without labels in Prometheus text; 0 if it is not there.
double metricOf(const std::string& text, const std::string& name);

}  // namespace stepd::torture
