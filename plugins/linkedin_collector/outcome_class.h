#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linkedin_collector/mapping.h"

namespace stepd::linkedin {

/// What an answer of a provider means.
enum class OutcomeClass {
    Ok,
    NotReady,
    NotFound,
    Private,
    BadRequest,
    Auth,
    Quota,
    RateLimited,
    Upstream,
    Malformed,
    ConfigError,
    Cancelled,
};

/// `not_ready`, as configuration and output spell it.
std::string_view toString(OutcomeClass outcome);
std::optional<OutcomeClass> parseOutcomeClass(std::string_view text);

/// A provider's own rule: an answer with this status, and with this at a place of its body, means that.
struct OutcomeRule {
    std::vector<int> statuses;  ///< empty: any
    std::optional<Pointer> pointer;
    std::shared_ptr<const RE2> matches;  // shared: rules are copied with their settings, RE2 cannot be
    std::optional<Json> equals;
    OutcomeClass outcome = OutcomeClass::Ok;
    std::optional<Duration> delay;

    bool applies(int status, const Json& body) const;
};

/// Where a good answer holds its data.
struct ResponseShape {
    std::vector<Pointer> roots{Pointer("")};
    std::vector<Pointer> requireAny;
};

/// An answer, understood.
struct Understood {
    OutcomeClass outcome = OutcomeClass::Upstream;
    Json root;                      ///< for Ok: the object with the data
    std::optional<Duration> delay;  ///< what the rule that applied asks for
};

/// `body` is the reply's, parsed; discarded if it is no JSON. The first rule that applies decides, then the defaults of
/// the status.
Understood understand(const HttpReply& reply, const Json& body, const std::vector<OutcomeRule>& rules,
                      const ResponseShape& shape);

}  // namespace stepd::linkedin
