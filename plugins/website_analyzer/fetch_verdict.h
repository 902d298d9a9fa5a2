#pragma once

#include <string>
#include <string_view>

#include <stepd/http.h>

namespace stepd::website {

/// What an answer means for a page: an empty code is good. Codes are those of the output's `errors`.
struct FetchVerdict {
    std::string code;
    bool retryable = false;

    bool good() const { return code.empty(); }
};

/// Failures below HTTP and statuses. Redirects are the fetcher's business: here one is a `bad_redirect`.
FetchVerdict verdictOf(const HttpReply& reply);

/// By header: HTML, XHTML, or nothing said and a start that looks like HTML.
bool isHtml(const HttpReply& reply);
bool isRedirect(int status);

}  // namespace stepd::website
