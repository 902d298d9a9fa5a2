#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stepd {

/// How an attempt ended; the numbers are those of the plugin ABI (`stepd/abi.h`) and of the store: never renumber.
/// The class decides whether a policy retries; the code beside it is the plugin's own word.
enum class OutcomeClass : std::int32_t {
    Ok = 0,
    Skipped = 1,
    Transient = 10,
    RateLimited = 11,
    Upstream = 12,
    Timeout = 13,
    InvalidInput = 20,
    InvalidConfig = 21,
    Unauthorized = 22,
    NotFound = 23,
    Conflict = 24,
    Permanent = 25,
    Cancelled = 26,
    // Given by the host alone:
    Crash = 40,
    Oom = 41,
    Hang = 42,
    Lost = 43,
    Denied = 44,
    Bug = 45,
};

/// `rate_limited`, as YAML and JSON spell it.
std::string_view toString(OutcomeClass outcome);
std::optional<OutcomeClass> parseOutcomeClass(std::string_view text);
/// True for the classes that a plugin itself may report.
bool reportableByPlugin(OutcomeClass outcome);

/// Why a step did not succeed. Never holds a secret: the host has scrubbed it.
struct StepError {
    OutcomeClass outcome = OutcomeClass::Permanent;
    std::string code;                    ///< `validation_failed`; may be empty
    std::string message;                 ///< one sentence
    std::string details;                 ///< JSON text, or empty
    std::optional<Duration> retryAfter;  ///< not earlier than this from now
};

/// What an attempt used. Processor time and memory are measured where it ran (see host/runtime/call_threads.h), the
/// rest where it came from. Zero: nothing, or not known.
struct Receipt {
    Duration cpu{};               ///< processor time, in whole microseconds
    std::uint64_t peakRss = 0;    ///< bytes, in whole KiB: the most that the whole worker had, up to the attempt's end
    std::uint64_t bytesIn = 0;    ///< handed to the step: input, options, bodies of answers
    std::uint64_t bytesOut = 0;   ///< got from it: output, bodies of requests
    std::uint32_t hostCalls = 0;  ///< log lines, progress notes, requests, secrets
    friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// What an attempt brought back.
struct StepResult {
    OutcomeClass outcome = OutcomeClass::Ok;
    std::string output;       ///< JSON text as the plugin gave it; `null` where it gave none. Only for Ok.
    StepError error;          ///< for Skipped its code and message are the reason; unused for Ok
    std::string resumeToken;  ///< handed to the next attempt; may be empty
    Receipt receipt;
};

}  // namespace stepd
