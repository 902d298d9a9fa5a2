#include "ctl/run_picture.h"

#include "ctl/crash_picture.h"
#include "ctl/receipt_text.h"
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
    return "      " + painted(reason, Colour::Faint) + "\n" + crashPicture(error, "      ");
}

/// `pages[3].fetch` stands two levels below `pages`.
std::size_t levelOf(const std::string& id) {
    const auto item = id.find('[');
    if (item == std::string::npos) return 0;
    return id.find("].", item) == std::string::npos ? 1 : 2;
}

std::string noteOf(const Json& step) {
    const std::string note = textOf(step, "note");
    if (note == "held") return "waits for a person: stepctl runs release";
    if (note == "kept") return "kept from the earlier run";
    return note == "cached" ? "from the cache" : "";
}

std::string pluginText(const Json& step) {
    const std::string plugin = textOf(step, "plugin");
    const std::string build = textOf(step, "build");
    return build.empty() ? plugin : plugin + " " + build.substr(0, 12);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts)
        if (!part.empty()) all += (all.empty() ? "" : " · ") + part;
    return all;
}

/// What the attempts of the step used, one line each.
std::string accountOf(const Json& step) {
    const Json& history = step.at("history");
    std::string out;
    for (const auto& attempt : history) {
        const std::string number = "attempt " + std::to_string(attempt.at("number").get<int>());
        const std::string which = history.size() > 1 ? number + " " + textOf(attempt, "outcome") : "";
        const std::string line = joined({which, pluginText(step), receiptText(attempt.value("receipt", Json()))});
        if (!line.empty()) out += "      " + painted(line, Colour::Faint) + "\n";
    }
    return out;
}

std::string stepLine(const Json& step, Detail detail) {
    const std::string state = textOf(step, "state");
    const int attempts = step.at("attempts").get<int>();
    std::string line = std::string(2 + 2 * levelOf(textOf(step, "id")), ' ') + painted(signOf(state), colourOf(state)) +
                       " " + padded(textOf(step, "id"), 14) + painted(padded(state, 11), colourOf(state));
    line += padded(elapsed(textOf(step, "started_at"), textOf(step, "finished_at")), 9);
    if (attempts > 1) line += "attempt " + std::to_string(attempts);
    if (const auto wake = textOf(step, "wake_at"); state == "waiting" && !wake.empty()) line += "  next at " + wake;
    if (const std::string note = noteOf(step); !note.empty()) line += painted("  " + note, Colour::Faint);
    return line + progressOf(step) + "\n" + (state == "completed" ? "" : reasonOf(step)) +
           (detail == Detail::Whole ? accountOf(step) : "");
}

/// The steps of a `foreach` under it. Of many items, those that completed are only counted.
std::string itemLines(const Json& steps, const std::string& parent, Detail detail) {
    constexpr std::size_t kMostShown = 12;
    std::string all;
    std::string open;
    std::size_t items = 0;
    std::size_t completed = 0;
    for (const auto& step : steps) {
        const std::string id = textOf(step, "id");
        if (!id.starts_with(parent + "[")) continue;
        const bool done = textOf(step, "state") == "completed";
        items += levelOf(id) == 1 ? 1 : 0;
        completed += levelOf(id) == 1 && done ? 1 : 0;
        const std::string line = stepLine(step, detail);
        all += line;
        if (!done) open += line;
    }
    if (items <= kMostShown) return all;
    return "    " + std::to_string(completed) + " of " + std::to_string(items) + " items completed\n" + open;
}

}  // namespace

std::string textOf(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string pictureOf(const Json& run, Detail detail) {
    const std::string state = textOf(run, "state");
    std::string out = painted(textOf(run, "pipeline"), Colour::Bold) + "  " + textOf(run, "id") + "  " +
                      painted(state, colourOf(state)) + "  " +
                      elapsed(textOf(run, "created_at"), textOf(run, "finished_at"));
    if (const auto ending = textOf(run, "ending"); !ending.empty() && ending != state) out += "  to end as " + ending;
    if (const auto of = textOf(run, "rerun_of"); !of.empty()) out += "  again " + of;
    if (const auto wake = textOf(run, "wake_at"); !wake.empty() && state == "queued") out += "  starts at " + wake;
    out += "\n";
    for (const auto& step : run.at("steps")) {
        const std::string id = textOf(step, "id");
        if (levelOf(id) == 0) out += stepLine(step, detail) + itemLines(run.at("steps"), id, detail);
    }
    return out;
}

}  // namespace stepd::ctl
