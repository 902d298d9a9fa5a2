#include "linkedin_collector/outcome_class.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stepd::linkedin {
namespace {

constexpr std::array<std::pair<std::string_view, OutcomeClass>, 12> kNames = {{
    {"ok", OutcomeClass::Ok},
    {"not_ready", OutcomeClass::NotReady},
    {"not_found", OutcomeClass::NotFound},
    {"private", OutcomeClass::Private},
    {"bad_request", OutcomeClass::BadRequest},
    {"auth", OutcomeClass::Auth},
    {"quota", OutcomeClass::Quota},
    {"rate_limited", OutcomeClass::RateLimited},
    {"upstream", OutcomeClass::Upstream},
    {"malformed", OutcomeClass::Malformed},
    {"config_error", OutcomeClass::ConfigError},
    {"cancelled", OutcomeClass::Cancelled},
}};

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

OutcomeClass ofFailure(const std::string& failure) {
    if (failure == "cancelled") return OutcomeClass::Cancelled;
    if (isOneOf(failure, {"body_too_large", "decompression_bomb"})) return OutcomeClass::Malformed;
    // A certificate that does not fit, an address that is not allowed: the set-up is wrong, waiting does not mend it.
    if (isOneOf(failure, {"tls_invalid", "address_not_allowed", "host_not_granted", "invalid_url", "too_many_redirects",
                          "redirect_loop", "bad_redirect", "unavailable"}))
        return OutcomeClass::ConfigError;
    return OutcomeClass::Upstream;
}

OutcomeClass ofStatus(int status) {
    switch (status) {
        case 202: return OutcomeClass::NotReady;
        case 204:
        case 404:
        case 410: return OutcomeClass::NotFound;
        case 401:
        case 403: return OutcomeClass::Auth;
        case 402: return OutcomeClass::Quota;
        case 408:
        case 409:
        case 425: return OutcomeClass::Upstream;
        case 429: return OutcomeClass::RateLimited;
        default: break;
    }
    if (status >= 200 && status < 300) return OutcomeClass::Ok;
    if (status >= 300 && status < 400) return OutcomeClass::ConfigError;
    if (status >= 400 && status < 500) return OutcomeClass::BadRequest;
    return OutcomeClass::Upstream;
}

Understood findRoot(const Json& body, const ResponseShape& shape) {
    if (body.is_discarded()) return {OutcomeClass::Malformed, {}, {}};
    if (body.is_structured() && body.empty()) return {OutcomeClass::NotFound, {}, {}};
    for (const Pointer& pointer : shape.roots) {
        const Json& root = lookUp(body, pointer);
        if (!root.is_object()) continue;
        const auto present = [&](const Pointer& required) { return !isBlank(lookUp(root, required)); };
        const bool enough =
            shape.requireAny.empty() || std::any_of(shape.requireAny.begin(), shape.requireAny.end(), present);
        if (root.empty()) return {OutcomeClass::NotFound, {}, {}};
        return enough ? Understood{OutcomeClass::Ok, root, {}} : Understood{OutcomeClass::Malformed, {}, {}};
    }
    return {OutcomeClass::Malformed, {}, {}};
}

}  // namespace

std::string_view toString(OutcomeClass outcome) {
    for (const auto& [name, known] : kNames)
        if (known == outcome) return name;
    return "";
}

std::optional<OutcomeClass> parseOutcomeClass(std::string_view text) {
    for (const auto& [name, known] : kNames)
        if (name == text && known != OutcomeClass::Cancelled) return known;
    return {};
}

bool OutcomeRule::applies(int status, const Json& body) const {
    if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), status) == statuses.end()) return false;
    if (!pointer) return true;
    if (body.is_discarded() || !body.contains(*pointer)) return false;
    const Json& value = lookUp(body, *pointer);
    if (equals) return value == *equals;
    return value.is_string() && RE2::PartialMatch(value.get_ref<const std::string&>(), *matches);
}

Understood understand(const HttpReply& reply, const Json& body, const std::vector<OutcomeRule>& rules,
                      const ResponseShape& shape) {
    if (reply.failed()) return {ofFailure(reply.failure), {}, {}};
    Understood understood{ofStatus(reply.status), {}, {}};
    for (const auto& rule : rules) {
        if (!rule.applies(reply.status, body)) continue;
        understood = {rule.outcome, {}, rule.delay};
        break;
    }
    return understood.outcome == OutcomeClass::Ok ? findRoot(body, shape) : understood;
}

}  // namespace stepd::linkedin
