#pragma once

#include <cstdio>
#include <functional>
#include <sstream>
#include <utility>

#include <stepd/testing/harness.h>

// What a test says, without a framework; in one, the exceptions are errors with a text.
namespace stepd::testing {

/// Something is not as the test says; `what()` tells all that was seen, over several lines.
class Unexpected : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// `upstream`; the word that pipelines use.
inline const char* wordOf(Class outcomeClass) {
    switch (outcomeClass) {
        case Class::Ok: return "ok";
        case Class::Skipped: return "skipped";
        case Class::Transient: return "transient";
        case Class::RateLimited: return "rate_limited";
        case Class::Upstream: return "upstream";
        case Class::Timeout: return "timeout";
        case Class::InvalidInput: return "invalid_input";
        case Class::InvalidConfig: return "invalid_config";
        case Class::Unauthorized: return "unauthorized";
        case Class::NotFound: return "not_found";
        case Class::Conflict: return "conflict";
        case Class::Permanent: return "permanent";
        case Class::Cancelled: return "cancelled";
        case Class::Bug: return "bug";
    }
    return "a class that does not exist";
}

/// `upstream http_503: the site did not answer well`, or `ok {"title":"..."}`.
inline std::string textOf(const Outcome& outcome) {
    std::string text = wordOf(outcome.outcomeClass());
    if (outcome.ok()) return text + " " + detail::dump(outcome.output());
    text += " " + outcome.code() + ": " + outcome.message();
    return outcome.details().is_null() ? text : text + " " + detail::dump(outcome.details());
}

inline std::string StepHarness::account(const Json& input, std::size_t firstRequest, std::size_t firstLog) const {
    std::string text = "\n  input    " + detail::dump(input);
    for (std::size_t i = firstRequest; i < http.story().size(); ++i) text += "\n  request  " + http.story()[i];
    for (std::size_t i = firstLog; i < logs.size(); ++i) text += "\n  log      " + logs[i].text;
    return text;
}

inline Json StepHarness::expectDone(const Json& input) {
    const std::size_t request = http.story().size(), log = logs.size(), unexpected = http.unexpected();
    const Outcome outcome = run(input);
    if (!outcome.ok())
        throw Unexpected("the step should be done, but ended as " + textOf(outcome) + account(input, request, log));
    if (http.unexpected() > unexpected)
        throw Unexpected("the step asked for what the test has no http.reply(url, ...) to" +
                         account(input, request, log));
    return outcome.output();
}

inline const Outcome& StepHarness::expectFailure(const Json& input, Class outcomeClass, std::string_view code) {
    const std::size_t request = http.story().size(), log = logs.size();
    Outcome outcome = run(input);
    if (outcome.outcomeClass() != outcomeClass || (!code.empty() && outcome.code() != code))
        throw Unexpected("the step should end as " + std::string(wordOf(outcomeClass)) + " " + std::string(code) +
                         ", but ended as " + textOf(outcome) + account(input, request, log));
    expected_ = std::make_unique<const Outcome>(std::move(outcome));
    return *expected_;
}

/// Throws Unexpected with both values if they differ.
template <typename Actual, typename Expected>
void equal(const Actual& actual, const Expected& expected) {
    if (actual == expected) return;
    std::ostringstream text;
    text << "got " << actual << ", wanted " << expected;
    throw Unexpected(text.str());
}

/// Runs the cases one after the other, says how each went, and returns what main shall: 1 if one failed.
inline int run(const std::vector<std::pair<std::string, std::function<void()>>>& cases) {
    int failed = 0;
    for (const auto& [name, test] : cases) {
        try {
            test();
            std::printf("ok      %s\n", name.c_str());
        } catch (const std::exception& e) {
            std::printf("FAILED  %s: %s\n", name.c_str(), e.what());
            failed = 1;
        }
    }
    return failed;
}

}  // namespace stepd::testing
