#include "outbound/exchange.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace stepd::outbound {
namespace {

using std::chrono::milliseconds;

long millisLeft(Duration left) {
    return std::max<long>(1, std::chrono::duration_cast<milliseconds>(left).count());
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n'))
        text.remove_suffix(1);
    return text;
}

/// What libcurl and this file set themselves; a step must not.
bool isReserved(const std::string& name) {
    constexpr std::array<std::string_view, 8> kNames{
        "host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "accept-encoding"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// What may follow a redirect to another origin: everything else might be a credential.
bool crossesOrigins(const std::string& name) {
    return name == "accept" || name == "accept-language" || name == "user-agent" || name.starts_with("if-");
}

bool isRedirect(long status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string absolute(const std::string& base, const std::string& location) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return {};
    if (curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK) return {};
    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
    char* text = nullptr;
    if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

}  // namespace

Exchange::Exchange(FetchRequest request, Callback done, Instant started, std::string userAgent)
    : request_(std::move(request)),
      done_(std::move(done)),
      started_(started),
      userAgent_(std::move(userAgent)),
      nextUrl_(request_.url) {}

Exchange::~Exchange() {
    if (easy_ != nullptr) curl_easy_cleanup(easy_);
    curl_slist_free_all(headerList_);
    curl_slist_free_all(pinned_);
}

void Exchange::aim(Target target) {
    if (!target_.host.empty() && target_.origin() != target.origin())
        std::erase_if(request_.headers, [](const auto& header) { return !crossesOrigins(lower(header.first)); });
    target_ = std::move(target);
}

CURL* Exchange::prepare(const Guard& guard, const std::vector<Address>& addresses, Instant now) {
    guard_ = &guard;
    if (easy_ == nullptr) easy_ = curl_easy_init();
    curl_easy_reset(easy_);
    response_.headers.clear();
    response_.body.clear();
    headerBytes_ = 0;
    visited_.insert(request_.method + " " + target_.url);

    pin(addresses);
    curl_easy_setopt(easy_, CURLOPT_URL, target_.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, millisLeft(deadline() - now));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, millisLeft(std::min(request_.connectTimeout, deadline() - now)));
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, 10L);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Exchange::onHeader);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Exchange::onBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Exchange::onOpenSocket);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    if (request_.method == "HEAD")
        curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    else if (request_.method != "GET")
        curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    if (!request_.body.empty()) {
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
        curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    setHeaders();
    return easy_;
}

/// Host header, SNI and certificate name stay those of the target; only the address is ours.
void Exchange::pin(const std::vector<Address>& addresses) {
    const auto bracketed = [](const Address& a) { return a.isV4() ? a.text() : "[" + a.text() + "]"; };
    // With `+` an entry of CURLOPT_RESOLVE ages in the multi handle's cache instead of staying for ever.
    const auto redirected = guard_->overrideOf(target_);
    std::string entry = (redirected ? "" : "+") + target_.host + ":" + std::to_string(target_.port) + ":";
    if (redirected) {
        entry += bracketed(redirected->first) + ":" + std::to_string(redirected->second);
    } else {
        for (std::size_t i = 0; i < addresses.size(); ++i) entry += (i == 0 ? "" : ",") + bracketed(addresses[i]);
    }
    curl_slist_free_all(pinned_);
    pinned_ = curl_slist_append(nullptr, entry.c_str());
    if (redirected)
        curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, pinned_);
    else if (!target_.literal)
        curl_easy_setopt(easy_, CURLOPT_RESOLVE, pinned_);
}

void Exchange::setHeaders() {
    curl_slist_free_all(headerList_);
    headerList_ = nullptr;
    bool ownAgent = false;
    bool ownType = false;
    for (const auto& [name, value] : request_.headers) {
        const std::string key = lower(name);
        if (isReserved(key)) continue;
        ownAgent = ownAgent || key == "user-agent";
        ownType = ownType || key == "content-type";
        headerList_ = curl_slist_append(headerList_, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    if (!ownAgent) curl_easy_setopt(easy_, CURLOPT_USERAGENT, userAgent_.c_str());
    if (!request_.body.empty() && !ownType)
        headerList_ = curl_slist_append(headerList_, "Content-Type: application/json");
    headerList_ = curl_slist_append(headerList_, "Expect:");
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headerList_);
}

std::size_t Exchange::onHeader(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t bytes = size * count;
    exchange.headerBytes_ += bytes;
    if (exchange.headerBytes_ > kMaxHeaderBytes) {
        exchange.refuse(FetchFailure::BadAnswer, "the answer's header is larger than 64 KiB");
        return 0;
    }
    exchange.takeHeader({data, bytes});
    return bytes;
}

void Exchange::takeHeader(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // also after an interim answer
        response_.headers.clear();
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    response_.headers.emplace_back(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
}

std::size_t Exchange::onBody(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t bytes = size * count;
    std::string& body = exchange.response_.body;
    const std::uint64_t most = exchange.request_.maxBodyBytes;
    if (body.size() + bytes > most) {
        if (!exchange.request_.truncateBody) {
            exchange.refuse(FetchFailure::BodyTooLarge, "the body is larger than " + std::to_string(most) + " bytes");
            return 0;
        }
        body.append(data, static_cast<std::size_t>(most - body.size()));
        exchange.response_.truncated = true;
        return 0;
    }
    body.append(data, bytes);
    curl_off_t received = 0;
    curl_easy_getinfo(exchange.easy_, CURLINFO_SIZE_DOWNLOAD_T, &received);
    const auto wire = static_cast<std::uint64_t>(std::max<curl_off_t>(received, 1));
    if (body.size() > kRatioFloor && body.size() / wire > kMaxRatio) {
        exchange.refuse(FetchFailure::DecompressionBomb, "the body grows more than 100-fold when it is decoded");
        return 0;
    }
    return bytes;
}

curl_socket_t Exchange::onOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(self);
    const auto peer = Address::of(address->addr);
    if (!peer || !exchange.guard_->mayConnect(exchange.target_, *peer)) {
        exchange.refuse(
            FetchFailure::AddressNotAllowed,
            exchange.target_.host + " led to " + (peer ? peer->text() : "no IP address") + ", which is refused");
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Exchange::Next Exchange::ended(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<std::int32_t>(status);
    response_.finalUrl = target_.url;
    if (code != CURLE_OK && !(response_.truncated && code == CURLE_WRITE_ERROR)) {
        std::tie(response_.failure, response_.message) = explain(code);
        return Next::Finished;
    }
    if (!isRedirect(status) || request_.maxRedirects == 0) return Next::Finished;
    const auto refusal = follow();
    if (!refusal) return Next::Redirect;
    response_.failure = refusal->failure;
    response_.message = refusal->message;
    return Next::Finished;
}

std::optional<Refusal> Exchange::follow() {
    const auto location = std::find_if(response_.headers.begin(), response_.headers.end(),
                                       [](const auto& header) { return header.first == "location"; });
    if (location == response_.headers.end()) return Refusal{FetchFailure::BadRedirect, "a redirect without a Location"};
    const std::string url = absolute(target_.url, location->second);
    if (url.empty()) return Refusal{FetchFailure::BadRedirect, "a redirect to something that is no URL"};
    if (target_.scheme == "https" && !url.starts_with("https:"))
        return Refusal{FetchFailure::BadRedirect, "a redirect from https to " + maskedUrl(url) + " is refused"};
    response_.redirects.push_back(target_.url);
    if (response_.redirects.size() > static_cast<std::size_t>(request_.maxRedirects))
        return Refusal{FetchFailure::TooManyRedirects,
                       "more than " + std::to_string(request_.maxRedirects) + " redirects"};
    const bool becomesGet =
        response_.status == 303 || ((response_.status == 301 || response_.status == 302) && request_.method == "POST");
    if (becomesGet && request_.method != "HEAD") {
        request_.method = "GET";
        request_.body.clear();
    }
    if (visited_.contains(request_.method + " " + url))
        return Refusal{FetchFailure::RedirectLoop, "a redirect back to " + maskedUrl(url)};
    nextUrl_ = url;
    return std::nullopt;
}

void Exchange::refuse(FetchFailure failure, std::string message) {
    if (!refusal_) refusal_ = Refusal{failure, std::move(message)};
}

std::pair<FetchFailure, std::string> Exchange::explain(CURLcode code) const {
    if (refusal_) return {refusal_->failure, refusal_->message};
    const std::string where = " (" + maskedUrl(target_.url) + ")";
    const std::string why = curl_easy_strerror(code) + where;
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT: return {FetchFailure::Timeout, "no complete answer in time" + where};
        case CURLE_COULDNT_RESOLVE_HOST: return {FetchFailure::DnsFailed, why};
        case CURLE_COULDNT_CONNECT: return {FetchFailure::ConnectFailed, why};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE: return {FetchFailure::TlsInvalid, why};
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING: return {FetchFailure::ConnectFailed, why};
        default: return {FetchFailure::BadAnswer, why};
    }
}

void Exchange::finish(Instant now) {
    response_.elapsed = now - started_;
    if (response_.failure != FetchFailure::None) response_.body.clear();
    if (done_) std::exchange(done_, nullptr)(std::move(response_));
}

void Exchange::fail(FetchFailure failure, std::string message, Instant now) {
    response_.failure = failure;
    response_.message = std::move(message);
    finish(now);
}

}  // namespace stepd::outbound
