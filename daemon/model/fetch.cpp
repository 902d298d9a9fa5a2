#include "model/fetch.h"

namespace stepd {

const char* toString(FetchFailure failure) {
    switch (failure) {
        case FetchFailure::None: return "none";
        case FetchFailure::InvalidUrl: return "invalid_url";
        case FetchFailure::HostNotGranted: return "host_not_granted";
        case FetchFailure::AddressNotAllowed: return "address_not_allowed";
        case FetchFailure::DnsNotFound: return "dns_not_found";
        case FetchFailure::DnsFailed: return "dns_failed";
        case FetchFailure::ConnectFailed: return "connect_failed";
        case FetchFailure::TlsInvalid: return "tls_invalid";
        case FetchFailure::Timeout: return "timeout";
        case FetchFailure::TooManyRedirects: return "too_many_redirects";
        case FetchFailure::RedirectLoop: return "redirect_loop";
        case FetchFailure::BadRedirect: return "bad_redirect";
        case FetchFailure::BodyTooLarge: return "body_too_large";
        case FetchFailure::DecompressionBomb: return "decompression_bomb";
        case FetchFailure::BadAnswer: return "bad_answer";
        case FetchFailure::Cancelled: return "cancelled";
    }
    return "unknown";
}

}  // namespace stepd
