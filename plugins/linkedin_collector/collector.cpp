#include "linkedin_collector/collector.h"

#include "kit/sha256.h"
#include "linkedin_collector/analysis.h"
#include "linkedin_collector/derived.h"
#include "linkedin_collector/raw_data.h"

namespace stepd::linkedin {
namespace {

using url::LinkedInPage;

/// The keys that every result has, in their order.
Json resultOf(std::string_view status, const std::string& url, kit::WallTime now) {
    return {{"status", status},    {"url", url},      {"timestamp", kit::rfc3339(now)},
            {"provider", nullptr}, {"cached", false}, {"attempts", Json::array()}};
}

Json skipped(const std::string& url, kit::WallTime now, const std::string& reason) {
    Json result = resultOf("skipped", url, now);
    result["reason"] = reason;
    result["retryable"] = false;
    return result;
}

Json failed(Json result, const std::string& code, const std::string& message, bool retryable) {
    result["status"] = "error";
    result["code"] = code;
    result["error"] = message;
    result["retryable"] = retryable;
    return result;
}

Json warning(const char* code, const char* message) {
    return {{"code", code}, {"message", message}};
}

std::string cacheKey(const LinkedInPage& page) {
    return std::string(url::toString(page.kind)) + ":" + page.dedupeKey();
}

/// The secrets that templates use; absent if one is missing or empty: then the provider is not configured.
std::optional<std::map<std::string, std::string>> secretsOf(const World& world, const Provider& provider) {
    std::map<std::string, std::string> out;
    for (const auto& [name, granted] : provider.secrets) {
        auto value = world.secret(granted);
        if (!value || value->empty()) return {};
        out[name] = std::move(*value);
    }
    return out;
}

}  // namespace

Collector::Collector(const Json& options) : settings_(options), cache_(settings_.cacheEntries) {
    for (std::size_t i = 0; i < settings_.providers.size(); ++i) states_.push_back(std::make_unique<ProviderState>());
}

Collector::Choice Collector::choose(World& world, const LinkedInPage& page) {
    Choice choice;
    bool configured = false;
    bool offered = false;
    for (std::size_t i = 0; i < settings_.providers.size(); ++i) {
        const Provider& provider = settings_.providers[i];
        auto secrets = secretsOf(world, provider);
        if (!secrets) continue;
        configured = true;
        const auto operation = provider.operations.find(page.kind);
        if (operation == provider.operations.end()) continue;
        offered = true;
        if (provider.idTypes.contains(page.idType))
            choice.candidates.push_back({&provider, &operation->second, states_[i].get(), std::move(*secrets)});
    }
    unconfigured_ = !configured;
    if (!offered && page.kind != LinkedInPage::Kind::Person)
        choice.skipReason = "not_a_person_profile";
    else if (!offered)
        choice.skipReason = "no_provider_configured";
    else if (choice.candidates.empty())
        choice.skipReason = "unsupported_id_type";
    return choice;
}

Outcome Collector::collect(World& world, const Json& input, Attempt attempt) {
    const auto subject = Subject::of(input);
    if (!subject)
        return done(failed(resultOf("error", "", world.now()), "invalid_input",
                           "the input is not the validator's output", false));
    if (!subject->page) return done(skipped(subject->url, world.now(), subject->skipReason));
    if (settings_.optOutPersons.contains(kit::sha256(subject->page->dedupeKey())))
        return done(skipped(subject->url, world.now(), "opted_out"));
    const Choice choice = choose(world, *subject->page);
    if (!choice.skipReason.empty()) return done(skipped(subject->url, world.now(), choice.skipReason));

    const std::string key = cacheKey(*subject->page);
    if (const auto entry = cache_.find(key, world.now()))
        for (const Candidate& candidate : choice.candidates) {
            if (candidate.provider->name != entry->provider) continue;
            Json result = resultOf("success", subject->url, world.now());
            result["provider"] = entry->provider;
            result["cached"] = true;
            return done(succeeded(world, *subject, *candidate.operation, Json::parse(entry->root), std::move(result)));
        }

    Answer answer = ask(world, settings_, choice.candidates, *subject);
    if (answer.kind == Answer::Kind::Cancelled) return cancelled();
    if (answer.kind == Answer::Kind::TryLater && attempt == Attempt::MoreToCome)
        return Outcome(answer.errorClass, answer.code, answer.message)
            .retryAfter(answer.wait)
            .details({{"provider", answer.provider}, {"attempts", answer.attempts}});

    Json result = resultOf("success", subject->url, world.now());
    result["provider"] = answer.provider;
    result["attempts"] = std::move(answer.attempts);
    if (answer.kind != Answer::Kind::Found)
        return done(failed(std::move(result), answer.code, answer.message, answer.kind == Answer::Kind::TryLater));
    const Json root = settings_.dropThirdParty ? withoutThirdParties(answer.root) : answer.root;
    if (settings_.cacheTtl.count() > 0 && settings_.cacheEntries > 0)
        cache_.put({key, answer.provider, detail::dump(root),
                    world.now() + std::chrono::duration_cast<kit::WallTime::duration>(settings_.cacheTtl)});
    return done(succeeded(world, *subject, *answer.operation, root, std::move(result)));
}

Json Collector::succeeded(World& world, const Subject& subject, const Operation& operation, const Json& root,
                          Json result) const {
    Json warnings = Json::array();
    Json analysis = analyse(operation.map.apply(root), {world.now(), settings_.presentWords}, warnings);
    const std::string name = analysis.at("profile_summary").at("full_name").get<std::string>();
    if (!name.empty() && !shareAWord(name, subject.firstName + " " + subject.lastName))
        warnings.push_back(
            warning("name_mismatch", "the profile's name has no word in common with the registered one"));
    const bool fits = detail::dump(root).size() <= kMostRawBytes;
    if (settings_.storeRaw && !fits) warnings.push_back(warning("raw_dropped", "the raw data has more than 256 KiB"));
    result["retryable"] = false;
    result["warnings"] = std::move(warnings);
    result["analysis"] = std::move(analysis);
    if (settings_.storeRaw && fits) result["raw_data"] = root;
    return result;
}

Health Collector::health(kit::WallTime now) {
    Health health;
    health.details = Json::object();
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const auto closed = states_[i]->closed(now);
        health.details[settings_.providers[i].name] = closed ? toString(closed->reason) : "ok";
        if (!closed) continue;
        if (closed->reason == OutcomeClass::Auth) {
            health.status = HealthStatus::Unhealthy;
            health.message = settings_.providers[i].name + " refused its key";
        } else if (health.status == HealthStatus::Healthy) {
            health.status = HealthStatus::Limited;
            health.message = settings_.providers[i].name + " is not asked for now";
        }
    }
    if (unconfigured_) return {HealthStatus::Limited, "no provider is configured: give one its key", health.details};
    return health;
}

}  // namespace stepd::linkedin
