#include "host/crash_report.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "base/text.h"
#include "base/units.h"
#include "host/memory_allowance.h"
#include "host/result_check.h"

namespace stepd::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFramesOfPlace = 3;
constexpr std::size_t kHashDigits = 16;

std::string shortHash(std::string_view bytes) {
    return sha256Hex(bytes).substr(0, kHashDigits);
}

std::string signalName(int number) {
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

/// `SIGSEGV`, or how it ended without a signal.
std::string endOf(const Death& death) {
    if (death.cause == DeathCause::Violation) return "broke the protocol";
    return death.signal != 0 ? signalName(death.signal) : death.exit;
}

/// The frames that tell one crash from another: the innermost of the plugin or, if it has none, of whatever there is.
/// Of a stack that ran over, those that repeat: how deep it was when it happened is chance.
std::vector<const CrashFrame*> placeOf(const CrashTrace& trace) {
    std::vector<const CrashFrame*> place;
    for (const auto& frame : trace.frames)
        if (frame.plugin || trace.blamed() == nullptr) place.push_back(&frame);
    if (trace.stackOverflow && place.size() > kFramesOfPlace) {
        const auto before = [](const auto* a, const auto* b) { return a->offset < b->offset; };
        const auto same = [](const auto* a, const auto* b) { return a->offset == b->offset; };
        place.erase(place.begin());
        std::sort(place.begin(), place.end(), before);
        place.erase(std::unique(place.begin(), place.end(), same), place.end());
    }
    if (place.size() > kFramesOfPlace) place.resize(kFramesOfPlace);
    return place;
}

Json fingerprintOf(const CrashFacts& facts) {
    Json print{{"id", ""}, {"signal", endOf(facts.death)}, {"build_id", facts.buildId}};
    std::string all = facts.buildId + "\n" + endOf(facts.death) + "\n";
    if (facts.death.crash) {
        Json at = Json::array();
        for (const auto* frame : placeOf(*facts.death.crash)) {
            at.push_back(frame->text());
            // The name of a place may be missing another time; its offset in the file is not. An address in no module
            // differs from process to process.
            if (!frame->module.empty()) all += frame->module + "+" + std::to_string(frame->offset) + "\n";
        }
        print["at"] = std::move(at);
    }
    print["input"] = shortHash(facts.input);
    print["id"] = shortHash(all + print["input"].get<std::string>());
    return print;
}

Json detailsOf(const CrashFacts& facts) {
    Json details;
    details["signal"] = endOf(facts.death);
    if (const auto& crash = facts.death.crash) {
        if (crash->address != 0 || (crash->signal == SIGSEGV && crash->code > 0)) {
            char text[24];
            std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(crash->address));
            details["address"] = text;
        }
        if (crash->stackOverflow) details["reason"] = "stack overflow";
        Json stack = Json::array();
        for (const auto& frame : crash->frames) stack.push_back(frame.text());
        details["stack"] = std::move(stack);
    }
    details["module"] = std::filesystem::path(facts.spec.library).filename().string();
    details["build_id"] = facts.buildId;
    details["log"] = facts.log;
    details["fingerprint"] = fingerprintOf(facts);
    return details;
}

/// Empty unless the worker died because it could get no more memory.
std::string exhaustion(const CrashFacts& facts) {
    const std::uint64_t limit = facts.spec.limits.memoryBytes;
    if (limit == 0) return {};
    const std::string bound = "its worker may use " + byteText(limit) + " (`limits.memory`)";
    if (facts.death.oomKilled) return bound + " and used all of it";
    const auto& crash = facts.death.crash;
    if (!crash || crash->stackOverflow) return {};
    const std::uint64_t allowance = memoryAllowance(facts.spec.threads);
    if (!kLimitsMemory) return {};
    const std::uint64_t used = crash->dataBytes > allowance ? crash->dataBytes - allowance : 0;
    if (!crash->memoryExhausted && used < limit - limit / 16) return {};
    return bound + (used == 0 ? "" : " and used " + byteText(used));
}

}  // namespace

std::string placeText(const Death& death) {
    if (!death.crash) return {};
    std::string text = death.crash->stackOverflow ? ": stack overflow" : "";
    if (const auto* frame = death.crash->blamed()) text += " in " + frame->text();
    return text;
}

StepResult crashResult(const CrashFacts& facts) {
    const std::string used = exhaustion(facts);
    const std::string place = placeText(facts.death);
    StepResult result = used.empty() ? failure(OutcomeClass::Crash, "crash", quotedForLog(facts.death.sentence + place))
                                     : failure(OutcomeClass::Oom, "memory_limit",
                                               quotedForLog("the step ran out of memory" + place + ": " + used));
    result.error.details = detailsOf(facts).dump(-1, ' ', false, Json::error_handler_t::replace);
    return result;
}

StepResult memoryLimitResult(const PluginSpec& spec, std::uint64_t residentBytes) {
    std::string sentence =
        "the step ran out of memory: its worker may use " + byteText(spec.limits.memoryBytes) + " (`limits.memory`)";
    if (residentBytes != 0) sentence += " and has " + byteText(residentBytes) + " left in use";
    return failure(OutcomeClass::Oom, "memory_limit", sentence);
}

}  // namespace stepd::host
