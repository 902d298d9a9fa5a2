#include "website_analyzer/fetch_verdict.h"

#include <algorithm>
#include <array>

#include "website_analyzer/page_content.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

bool isChallenge(const HttpReply& reply) {
    if (reply.status != 403 && reply.status != 503) return false;
    if (equalsIgnoringCase(trimmed(reply.header("cf-mitigated").value_or("")), "challenge")) return true;
    const std::string head = asciiLower(std::string_view(reply.body).substr(0, 4096));
    const std::size_t title = head.find("<title");
    return title != std::string::npos &&
           isChallengeTitle(head.substr(title, std::min<std::size_t>(200, head.find("</title", title) - title)));
}

}  // namespace

FetchVerdict verdictOf(const HttpReply& reply) {
    if (reply.failed()) {
        constexpr std::array<std::string_view, 4> kMayPass{"dns_failed", "connect_failed", "timeout", "bad_answer"};
        return {reply.failure, std::find(kMayPass.begin(), kMayPass.end(), reply.failure) != kMayPass.end()};
    }
    if (isChallenge(reply)) return {"bot_challenge", false};
    switch (reply.status) {
        case 401:
        case 403:
        case 407:
        case 451: return {"http_forbidden", false};
        case 404:
        case 410: return {"http_not_found", false};
        case 429: return {"rate_limited", true};
        default: break;
    }
    if (reply.status >= 500) return {"http_5xx", true};
    if (reply.status >= 400) return {"http_4xx", false};
    if (reply.status >= 300 || reply.status < 200) return {"bad_redirect", false};
    return {};
}

bool isHtml(const HttpReply& reply) {
    const std::string type = reply.header("content-type").value_or("");
    const std::string essence = asciiLower(trimmed(std::string_view(type).substr(0, type.find(';'))));
    if (!essence.empty()) return essence == "text/html" || essence == "application/xhtml+xml";
    std::string_view start = trimmed(std::string_view(reply.body).substr(0, 1024));
    if (start.starts_with("\xEF\xBB\xBF")) start = trimmed(start.substr(3));
    constexpr std::array<std::string_view, 8> kStarts{"<!doctype html", "<html",  "<head", "<body",
                                                      "<!--",           "<title", "<div",  "<meta"};
    return std::any_of(kStarts.begin(), kStarts.end(), [&](auto word) { return startsWithIgnoringCase(start, word); });
}

bool isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace stepd::website
