#include "host/result_check.h"

#include <stepd/abi.h>

#include "base/text.h"
#include "base/units.h"
#include "host/capabilities.h"
#include "host/description_limits.h"
#include "json/json_text.h"

namespace stepd::host {

namespace {

/// The worker has looked at all this, if it is what we started.
std::string disbelief(const PluginDescription& plugin) {
    if (!isWord(plugin.name)) return "the plugin's name is none";
    if (plugin.steps.empty() || plugin.steps.size() > kMaxSteps)
        return "the plugin has " + std::to_string(plugin.steps.size()) + " step types; 1 to " +
               std::to_string(kMaxSteps) + " are possible";
    for (const auto* word : {&plugin.version, &plugin.license, &plugin.sdk, &plugin.vendorTag})
        if (word->size() > kMaxWord) return "the plugin speaks of itself at too great a length";
    for (const auto* line : {&plugin.version, &plugin.license, &plugin.sdk, &plugin.vendorTag, &plugin.sourceUrl})
        if (!isPlainText(*line))
            return "the plugin says '" + quotedForLog(*line) + "' of itself, which has control characters";
    if (plugin.sourceUrl.size() > kMaxSentence) return "the plugin speaks of itself at too great a length";
    for (const auto& step : plugin.steps) {
        if (!isWord(step.type)) return "the name of a step type is none: '" + quotedForLog(step.type) + "'";
        if (step.threading < STEPD_SERIAL || step.threading > STEPD_REENTRANT)
            return "the step type " + step.type + " has an unknown thread mode";
        if (!isPlainText(step.summary)) return "the summary of the step type " + step.type + " has control characters";
        const bool longWinded = step.summary.size() > kMaxSentence || step.capabilities.size() > kMaxCapabilities ||
                                step.configSchema.size() > kMaxSchema || step.inputSchema.size() > kMaxSchema ||
                                step.outputSchema.size() > kMaxSchema;
        if (longWinded) return "the step type " + step.type + " speaks of itself at too great a length";
    }
    return {};
}

}  // namespace

StepResult failure(OutcomeClass outcome, std::string code, std::string message) {
    StepResult result;
    result.outcome = outcome;
    result.error.outcome = outcome;
    result.error.code = std::move(code);
    result.error.message = std::move(message);
    return result;
}

StepResult timedOut(Duration timeout, std::string code, const std::string& more) {
    return failure(OutcomeClass::Timeout, std::move(code), "the step did not finish within " + toText(timeout) + more);
}

StepResult deniedResult(const std::string& refusal, const std::string& end) {
    return failure(OutcomeClass::Denied, "sandbox", "the step " + refusal + (end.empty() ? "" : "; then " + end));
}

std::string descriptionProblem(const PluginDescription& description) {
    if (auto problem = disbelief(description); !problem.empty()) return problem;
    for (const auto& step : description.steps) {
        for (const auto* schema : {&step.configSchema, &step.inputSchema, &step.outputSchema})
            if (!schema->empty())
                if (const auto checked = json::check(*schema); !checked.kind)
                    return "a schema of the step type " + step.type + " is " + checked.problem.message;
        if (const auto asked = readCapabilities(step); !asked) return asked.error();
    }
    return {};
}

CheckedResult checkResult(ResultMessage message, std::uint64_t maxOutputBytes, const SecretSet& secrets) {
    const auto outcome = static_cast<OutcomeClass>(message.outcome);
    if (toString(outcome) == "unknown" || !reportableByPlugin(outcome))
        return {{}, "sent a result of an unknown class"};
    if (message.output.size() > maxOutputBytes) return {{}, "sent an output that is too large"};
    if (message.code.size() > kMaxTextBytes || message.message.size() > kMaxTextBytes ||
        message.details.size() > kMaxDetailsBytes || message.resumeToken.size() > kMaxDetailsBytes)
        return {{}, "sent a result with too long texts"};
    for (const auto* text : {&message.code, &message.message, &message.details, &message.resumeToken})
        if (!isUtf8(*text)) return {{}, "sent a result that is not UTF-8"};
    for (auto* text : {&message.output, &message.code, &message.message, &message.details, &message.resumeToken})
        secrets.scrub(*text);
    StepResult result;
    result.outcome = outcome;
    result.resumeToken = std::move(message.resumeToken);
    if (outcome == OutcomeClass::Ok) {
        if (const auto checked = json::check(message.output); !checked.kind)
            return {failure(OutcomeClass::Bug, "bad_output", "the output is " + checked.problem.message), {}};
        result.output = std::move(message.output);
        return {std::move(result), {}};
    }
    if (!message.details.empty() && !json::check(message.details).kind) message.details.clear();
    result.error = {.outcome = outcome,
                    .code = std::move(message.code),
                    .message = std::move(message.message),
                    .details = std::move(message.details),
                    .retryAfter = {}};
    if (message.retryAfterNs >= 0) result.error.retryAfter = Duration(message.retryAfterNs);
    return {std::move(result), {}};
}

}  // namespace stepd::host
