#include "yaml/retry_policy.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/units.h"
#include "model/outcome.h"

namespace stepd::yaml {
namespace {

constexpr OutcomeClass kClasses[] = {
    OutcomeClass::Transient,    OutcomeClass::RateLimited,   OutcomeClass::Upstream,     OutcomeClass::Timeout,
    OutcomeClass::InvalidInput, OutcomeClass::InvalidConfig, OutcomeClass::Unauthorized, OutcomeClass::NotFound,
    OutcomeClass::Conflict,     OutcomeClass::Permanent,     OutcomeClass::Cancelled,    OutcomeClass::Crash,
    OutcomeClass::Oom,          OutcomeClass::Hang,          OutcomeClass::Lost,         OutcomeClass::Denied,
    OutcomeClass::Bug};

constexpr std::pair<const char*, Backoff> kBackoffs[] = {{"none", Backoff::None},
                                                         {"constant", Backoff::Constant},
                                                         {"linear", Backoff::Linear},
                                                         {"exponential", Backoff::Exponential}};

constexpr std::pair<const char*, OnExhausted> kOnExhausted[] = {
    {"fail", OnExhausted::Fail}, {"pause", OnExhausted::Pause}, {"continue", OnExhausted::Continue}};

std::vector<std::string> classNames() {
    std::vector<std::string> names;
    for (const OutcomeClass outcome : kClasses) names.emplace_back(toString(outcome));
    return names;
}

/// A word that is no class may be a plugin's code; one that is nearly a class is a slip of the pen.
void readReasons(Reader& fields, const char* key, std::vector<std::string>& reasons) {
    if (!fields.read(key, reasons)) return;
    const auto& items = fields.node().find(key)->value->items;
    const auto names = classNames();
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (parseOutcomeClass(reasons[i])) continue;
        const std::string meant = didYouMean(reasons[i], names);
        if (meant.empty()) continue;
        fields.report().warning(items[i]->mark, itemPath(fields.path(key), i),
                                "`" + reasons[i] + "` is no error class, so it is taken for a plugin's code",
                                "did you mean `" + meant + "`?");
    }
}

void readJitter(Reader& fields, double& jitter) {
    const Entry* found = fields.entry("jitter");
    if (found == nullptr) return;
    const Node& value = *found->value;
    if (value.text == "none") {
        jitter = 0;
    } else if (value.text == "equal") {
        jitter = 0.5;
    } else if (value.text == "full") {
        jitter = 1;
    } else if (const auto share = value.number(); share && *share >= 0 && *share <= 1) {
        jitter = *share;
    } else {
        fields.error("jitter", "`jitter` must be none, equal, full or a share between 0 and 1");
    }
}

template <typename Enum, std::size_t Size>
const char* wordOf(const std::pair<const char*, Enum> (&words)[Size], Enum value) {
    return std::find_if(std::begin(words), std::end(words), [value](const auto& row) { return row.second == value; })
        ->first;
}

std::string text(double number) {
    char digits[32];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
    return error == std::errc() ? std::string(digits, end) : "0";
}

std::string text(const std::vector<std::string>& words) {
    std::string out = "[";
    for (const auto& word : words) out += (out.size() > 1 ? "," : "") + jsonString(word);
    return out + "]";
}

}  // namespace

void readRetryPolicy(Reader& fields, RetryPolicy& policy) {
    fields.read("attempts", policy.attempts, {1, 1000});
    fields.read("backoff", policy.backoff, {kBackoffs[0], kBackoffs[1], kBackoffs[2], kBackoffs[3]});
    const bool initial = fields.read("initial", policy.initial);
    fields.read("factor", policy.factor, {1, 100});
    const bool max = fields.read("max", policy.max);
    readJitter(fields, policy.jitter);
    fields.read("budget", policy.budget);
    readReasons(fields, "only", policy.only);
    readReasons(fields, "except", policy.except);
    fields.read("respect_retry_after", policy.respectRetryAfter);
    fields.read("on_exhausted", policy.onExhausted, {kOnExhausted[0], kOnExhausted[1], kOnExhausted[2]});
    if ((initial || max) && policy.max < policy.initial)
        fields.error(max ? "max" : "initial", "the longest delay (" + toText(policy.max) + ") is below the first (" +
                                                  toText(policy.initial) + ")");
}

std::map<std::string, RetryPolicy> builtInRetryPolicies() {
    RetryPolicy never;
    never.attempts = 1;
    return {{"never", never}};
}

std::string toYaml(const RetryPolicy& policy) {
    std::string out = "{\"attempts\": " + std::to_string(policy.attempts) + ", \"backoff\": \"" +
                      wordOf(kBackoffs, policy.backoff) + "\"";
    out += ", \"initial\": \"" + toText(policy.initial) + "\", \"factor\": " + text(policy.factor);
    out += ", \"max\": \"" + toText(policy.max) + "\", \"jitter\": " + text(policy.jitter);
    if (policy.budget) out += ", \"budget\": \"" + toText(*policy.budget) + "\"";
    out += ", \"only\": " + text(policy.only) + ", \"except\": " + text(policy.except);
    out += std::string(", \"respect_retry_after\": ") + (policy.respectRetryAfter ? "true" : "false");
    out += std::string(", \"on_exhausted\": \"") + wordOf(kOnExhausted, policy.onExhausted) + "\"}";
    return out;
}

}  // namespace stepd::yaml
