#pragma once

#include <stepd/abi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/fetch.h"

namespace stepd::worker {

// What a program and its worker say to each other, as JSON; sdk/exec.md is the page for authors. Values that only pass
// through (schemas, inputs, outputs, details) stay the bytes they were. A failure is the end of a sentence that begins
// with the program.

/// What a program says about itself, first and once. Its words are checked where those of a library are.
struct ProgramHello {
    struct Step {
        std::string type, summary;
        std::string configSchema, inputSchema, outputSchema;  ///< JSON text, or empty
        std::int32_t threading = STEPD_SERIAL;
        bool checks = false;  ///< it wants to be asked about configurations
        bool health = false;  ///< and how it is
    };
    std::string name, version, license, sourceUrl, sdk;
    std::vector<Step> steps;
};
Result<ProgramHello, std::string> readHello(std::string_view frame);

/// The last word of a call. `outcome` is a class such as `ok`, or the answer to a question after health.
struct ProgramResult {
    std::string outcome;
    std::string output, details;  ///< JSON text, or empty
    std::string code, message, resumeToken;
    std::optional<Duration> retryAfter;
};
struct ProgramLog {
    std::int32_t level = STEPD_LOG_INFO;
    std::string text;
};
struct ProgramProgress {
    double fraction = -1;
    std::string text;
};
struct ProgramFetch {
    std::uint64_t id = 0;
    std::uint32_t maxParallel = 0;
    std::vector<FetchRequest> requests;
};
struct ProgramSecret {
    std::uint64_t id = 0;
    std::string name;
};
/// Any later frame of it; `call` is the number that the call was given.
struct ProgramWord {
    std::uint64_t call = 0;
    std::variant<ProgramResult, ProgramLog, ProgramProgress, ProgramFetch, ProgramSecret> what;
};
Result<ProgramWord, std::string> readWord(std::string_view frame);

/// What it is told: the texts of frames. A call is `call`, `check` (a configuration) or `health`.
struct ProgramCall {
    std::string_view type;
    std::uint64_t call = 0;
    std::string_view step, config, input;
    std::int64_t nowNs = 0;  ///< CLOCK_MONOTONIC
};
std::string callText(const ProgramCall& call, const stepd_ctx_v1& ctx);
std::string cancelText(std::uint64_t call, std::int32_t reason);
std::string fetchedText(std::uint64_t call, std::uint64_t id, const stepd_http_reply_v1* const* replies,
                        std::size_t count);
/// `value` may be null: there is no such secret.
std::string secretText(std::uint64_t call, std::uint64_t id, const stepd_str* value);

}  // namespace stepd::worker
