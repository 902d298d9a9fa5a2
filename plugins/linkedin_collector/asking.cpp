#include "linkedin_collector/asking.h"

#include "linkedin_collector/provider_call.h"
#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQuotaWorthWaiting = 15min;

TemplateValues valuesFor(const Subject& subject, const Candidate& candidate) {
    TemplateValues values{{"id", subject.page->id},
                          {"id_lower", url::toLower(subject.page->id)},
                          {"url", subject.url},
                          {"kind", std::string(url::toString(subject.page->kind))},
                          {"first_name", subject.firstName},
                          {"last_name", subject.lastName}};
    for (const auto& [name, value] : candidate.secrets) values["secret." + name] = value;
    return values;
}

/// True if another provider may do better.
bool goesOn(OutcomeClass outcome) {
    switch (outcome) {
        case OutcomeClass::NotFound:
        case OutcomeClass::Auth:
        case OutcomeClass::Quota:
        case OutcomeClass::Upstream:
        case OutcomeClass::Malformed: return true;
        default: return false;
    }
}

/// Which of two endings the result speaks of: "not found" is an answer; else what a later attempt may mend is kept.
bool outweighs(const Ending& later, const Ending& earlier) {
    if (later.outcome == OutcomeClass::NotFound) return true;
    return earlier.outcome != OutcomeClass::Upstream && earlier.outcome != OutcomeClass::NotFound;
}

Answer failed(std::string code, std::string message) {
    Answer answer;
    answer.code = std::move(code);
    answer.message = std::move(message);
    return answer;
}

Answer later(Class errorClass, std::string code, std::string message, std::optional<Duration> wait) {
    Answer answer = failed(std::move(code), std::move(message));
    answer.kind = Answer::Kind::TryLater;
    answer.errorClass = errorClass;
    answer.wait = wait;
    return answer;
}

Answer answerOf(const Ending& ending) {
    switch (ending.outcome) {
        case OutcomeClass::Ok: {
            Answer answer;
            answer.kind = Answer::Kind::Found;
            answer.root = ending.root;
            return answer;
        }
        case OutcomeClass::Cancelled: {
            Answer answer;
            answer.kind = Answer::Kind::Cancelled;
            return answer;
        }
        case OutcomeClass::NotReady:
            return later(Class::Transient, "not_ready_timeout", "the provider has not finished the profile yet",
                         ending.wait);
        case OutcomeClass::NotFound: return failed("profile_not_found", "no provider knows this profile");
        case OutcomeClass::Private: return failed("profile_private", "the profile is private");
        case OutcomeClass::BadRequest: return failed("provider_bad_request", "the provider refused the request");
        case OutcomeClass::Auth: return failed("provider_auth", "the provider refused its key");
        case OutcomeClass::Quota:
            if (ending.wait && *ending.wait <= kQuotaWorthWaiting)
                return later(Class::RateLimited, "quota_exhausted", "the provider's quota is used up", ending.wait);
            return failed("quota_exhausted", "the provider's quota is used up");
        case OutcomeClass::RateLimited:
            return later(Class::RateLimited, "rate_limited", "the provider asks to wait", ending.wait);
        case OutcomeClass::Malformed: return failed("malformed_response", "the provider's answer makes no sense");
        case OutcomeClass::ConfigError:
            return failed("provider_config", "the provider is set up wrongly: a redirect, a certificate or an address");
        case OutcomeClass::Upstream: break;
    }
    if (ending.outOfTime)
        return later(Class::Timeout, "budget_exhausted", "the time for asking providers is used up", {});
    return later(Class::Upstream, "upstream_error", "the provider failed", ending.wait);
}

}  // namespace

Answer ask(World& world, const Settings& settings, const std::vector<Candidate>& candidates, const Subject& subject) {
    const Budget budget(world, settings.totalBudget);
    Json attempts = Json::array();
    std::optional<Ending> kept;
    const Candidate* by = nullptr;
    for (const Candidate& candidate : candidates) {
        ProviderCall call(world, budget, settings, *candidate.provider, *candidate.operation, *candidate.state,
                          valuesFor(subject, candidate));
        Ending ending = call.run();
        for (const Json& attempt : call.attempts()) attempts.push_back(attempt);
        const bool last = !goesOn(ending.outcome) || ending.outOfTime;
        if (!kept || last || outweighs(ending, *kept)) kept = std::move(ending), by = &candidate;
        if (last) break;
    }
    Answer answer = answerOf(kept.value());
    answer.attempts = std::move(attempts);
    answer.provider = by->provider->name;
    answer.operation = by->operation;
    return answer;
}

}  // namespace stepd::linkedin
