#include "api/paging.h"

#include <charconv>

namespace stepd::api {
namespace {

template <typename Key>
Result<store::Page<Key>, std::string> pageOf(const http::Request& request,
                                             std::optional<PublicRef<Key>> (*parse)(std::string_view)) {
    using Outcome = Result<store::Page<Key>, std::string>;
    store::Page<Key> page;
    page.limit = kDefaultPage;
    if (const auto limit = request.queryValue("limit")) {
        const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
        if (error != std::errc() || end != limit->data() + limit->size() || page.limit == 0 ||
            page.limit > kLargestPage)
            return Outcome::failure("limit must be a number from 1 to 500");
    }
    if (const auto cursor = request.queryValue("cursor")) {
        const auto ref = parse(*cursor);
        if (!ref) return Outcome::failure("cursor must be the `next` of the page before");
        page.before = ref->id;
    }
    return page;
}

}  // namespace

Result<store::Page<RunId>, std::string> runPage(const http::Request& request) {
    return pageOf<RunId>(request, &parseRunId);
}

Result<store::Page<EventId>, std::string> eventPage(const http::Request& request) {
    return pageOf<EventId>(request, &parseEventId);
}

}  // namespace stepd::api
