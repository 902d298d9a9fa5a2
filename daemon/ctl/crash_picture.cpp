#include "ctl/crash_picture.h"

#include "ctl/run_picture.h"

namespace stepd::ctl {
namespace {

constexpr std::size_t kMostFrames = 8;

std::string listOf(const Json& details, const char* key, std::size_t most, const std::string& indent) {
    const auto found = details.find(key);
    if (found == details.end() || !found->is_array()) return {};
    std::string out;
    std::size_t shown = 0;
    for (const auto& line : *found) {
        if (!line.is_string()) continue;
        if (shown++ == most) return out + indent + "  ... " + std::to_string(found->size() - most) + " more\n";
        out += indent + "  " + line.get<std::string>() + "\n";
    }
    return out;
}

/// The error of the step that killed its worker too often; null if there is none.
const Json* poisonOf(const Json& run, std::string& step) {
    for (const auto& each : run.at("steps")) {
        const Json& error = each.at("error");
        if (error.is_null() || textOf(each, "state") != "failed") continue;
        const std::string outcome = textOf(error, "class");
        if (outcome != "crash" && outcome != "oom" && outcome != "hang") continue;
        step = textOf(each, "id");
        return &error;
    }
    return nullptr;
}

}  // namespace

std::string crashPicture(const Json& error, const std::string& indent) {
    const auto details = error.find("details");
    if (details == error.end() || !details->is_object() || !details->contains("fingerprint")) return {};
    const Json& print = details->at("fingerprint");
    std::string out = indent + "ended by   " + textOf(*details, "signal");
    if (const auto reason = textOf(*details, "reason"); !reason.empty()) out += " (" + reason + ")";
    if (const auto address = textOf(*details, "address"); !address.empty()) out += " at address " + address;
    out += "\n" + indent + "build      " + textOf(*details, "module") + " " + textOf(*details, "build_id") + "\n";
    if (print.is_object()) out += indent + "fingerprint " + textOf(print, "id") + "\n";
    if (const auto stack = listOf(*details, "stack", kMostFrames, indent); !stack.empty())
        out += indent + "stack\n" + stack;
    if (const auto log = listOf(*details, "log", 10, indent); !log.empty()) out += indent + "last lines\n" + log;
    return out;
}

std::string quarantineSentence(const Json& run) {
    if (textOf(run, "state") != "quarantined") return {};
    std::string step;
    const Json* error = poisonOf(run, step);
    std::string out = "It is in quarantine: ";
    out += error == nullptr ? "a step killed its worker too often" : "step " + step + " killed its worker too often";
    out += ". `stepctl runs release " + textOf(run, "id") + "` does it again from there, as a new run.\n";
    return error == nullptr ? out : out + "  " + textOf(*error, "message") + "\n" + crashPicture(*error, "  ");
}

}  // namespace stepd::ctl
