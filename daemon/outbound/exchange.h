#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/time.h"
#include "model/fetch.h"
#include "outbound/guard.h"

namespace stepd::outbound {

/// One request on its way, through all its redirects: the libcurl handle of the present hop and what came back so far.
/// Confined to the connector's thread. Limits of hardening R36.
class Exchange {
public:
    using Callback = std::function<void(FetchResponse)>;
    static constexpr std::size_t kMaxHeaderBytes = 64U << 10;
    static constexpr std::uint64_t kMaxRatio = 100;
    static constexpr std::uint64_t kRatioFloor = 256U << 10;  ///< decoded bytes below which no ratio is looked at

    Exchange(FetchRequest request, Callback done, Instant started, std::string userAgent);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// Where this hop goes. Absent before `aim`.
    const Target& target() const { return target_; }
    const std::string& nextUrl() const { return nextUrl_; }
    Instant deadline() const { return started_ + request_.timeout; }
    /// Why this request may not go there, whoever else may.
    std::optional<std::string> refusal(const Target& target) const {
        return request_.scope ? request_.scope->refusal(target.host, target.port) : std::nullopt;
    }
    /// The next hop's target, once the guard has passed it. On another origin, headers that may be credentials are
    /// dropped.
    void aim(Target target);
    /// A handle ready for the multi: connects to `addresses` only, each asked of the guard again when its socket is
    /// opened.
    CURL* prepare(const Guard& guard, const std::vector<Address>& addresses, Instant now);
    CURL* handle() const { return easy_; }

    /// What the end of a hop means.
    enum class Next { Finished, Redirect };
    Next ended(CURLcode code);
    /// Hands the answer over; once.
    void finish(Instant now);
    void fail(FetchFailure failure, std::string message, Instant now);

private:
    static std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t onBody(char* data, std::size_t size, std::size_t count, void* self);
    static curl_socket_t onOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
    void takeHeader(std::string_view line);
    void pin(const std::vector<Address>& addresses);
    void setHeaders();
    std::optional<Refusal> follow();
    void refuse(FetchFailure failure, std::string message);
    std::pair<FetchFailure, std::string> explain(CURLcode code) const;

    FetchRequest request_;
    Callback done_;
    const Instant started_;
    const std::string userAgent_;
    Target target_;
    std::string nextUrl_;
    FetchResponse response_;
    std::set<std::string> visited_;
    const Guard* guard_ = nullptr;
    std::optional<Refusal> refusal_;  ///< why we stopped the transfer ourselves
    std::size_t headerBytes_ = 0;
    CURL* easy_ = nullptr;
    curl_slist* headerList_ = nullptr;
    curl_slist* pinned_ = nullptr;
};

}  // namespace stepd::outbound
