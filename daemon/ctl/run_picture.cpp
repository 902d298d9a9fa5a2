#include "ctl/run_picture.h"

#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

std::string padded(const std::string& text, std::size_t width) {
    return text.size() >= width ? text + " " : text + std::string(width - text.size(), ' ');
}

std::string bar(double fraction) {
    constexpr int kWidth = 12;
    const int full = static_cast<int>(fraction * kWidth + 0.5);
    std::string out = "[";
    for (int i = 0; i < kWidth; ++i) out += i < full ? "█" : "·";
    return out + "]";
}

std::string progressOf(const Json& step) {
    const Json& progress = step.at("progress");
    if (progress.is_null()) return {};
    std::string out = "  ";
    if (progress.at("fraction").is_number()) out += bar(progress.at("fraction").get<double>()) + " ";
    return out + textOf(progress, "message");
}

/// Why a step failed, waits or was skipped: on a line of its own.
std::string reasonOf(const Json& step) {
    const Json& error = step.at("error");
    if (error.is_null()) return {};
    std::string reason = textOf(error, "class");
    if (const auto code = textOf(error, "code"); !code.empty()) reason += " " + code;
    if (const auto message = textOf(error, "message"); !message.empty()) reason += ": " + message;
    return "      " + painted(reason, Colour::Faint) + "\n";
}

std::string stepLine(const Json& step) {
    const std::string state = textOf(step, "state");
    const int attempts = step.at("attempts").get<int>();
    std::string line = "  " + painted(signOf(state), colourOf(state)) + " " + padded(textOf(step, "id"), 14) +
                       painted(padded(state, 11), colourOf(state));
    line += padded(elapsed(textOf(step, "started_at"), textOf(step, "finished_at")), 9);
    if (attempts > 1) line += "attempt " + std::to_string(attempts);
    if (state == "waiting") line += "  next at " + textOf(step, "wake_at");
    return line + progressOf(step) + "\n" + (state == "completed" ? "" : reasonOf(step));
}

}  // namespace

std::string textOf(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string pictureOf(const Json& run) {
    const std::string state = textOf(run, "state");
    std::string out = painted(textOf(run, "pipeline"), Colour::Bold) + "  " + textOf(run, "id") + "  " +
                      painted(state, colourOf(state)) + "  " +
                      elapsed(textOf(run, "created_at"), textOf(run, "finished_at")) + "\n";
    for (const auto& step : run.at("steps")) out += stepLine(step);
    return out;
}

}  // namespace stepd::ctl
