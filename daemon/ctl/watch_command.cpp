#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <thread>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/plain_output.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

bool hasEnded(const Json& run) {
    const std::string state = textOf(run, "state");
    return state == "completed" || state == "failed" || state == "cancelled" || state == "quarantined";
}

/// On a terminal: the picture is drawn over itself.
class LivePicture {
public:
    void draw(const std::string& picture) {
        for (; lines_ > 0; --lines_)
            std::cout << code(Control::LineUp) << (lines_ == 1 ? code(Control::ClearBelow) : "");
        std::cout << picture << std::flush;
        lines_ = std::count(picture.begin(), picture.end(), '\n');
    }

private:
    std::ptrdiff_t lines_ = 0;
};

/// Elsewhere: a line for each change of state.
class ChangeLog {
public:
    void note(const std::string& subject, const std::string& state) {
        std::string& last = last_[subject];
        if (last == state) return;
        last = state;
        std::cout << subject << ' ' << state << std::endl;
    }

private:
    std::map<std::string, std::string> last_;
};

}  // namespace

int watchRuns(const Common& common, const std::vector<std::string>& ids) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const bool live = onTerminal() && !common.json && !common.quiet;
    LivePicture screen;
    ChangeLog changes;
    std::vector<Json> runs(ids.size());
    for (;;) {
        std::string picture;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (!runs[i].is_object() || !hasEnded(runs[i])) runs[i] = client.get("/api/v1/runs/" + encoded(ids[i]));
            picture += pictureOf(runs[i]);
            if (live || common.json || common.quiet) continue;
            for (const auto& step : runs[i].at("steps"))
                changes.note("run " + ids[i] + " step " + textOf(step, "id"), textOf(step, "state"));
            changes.note("run " + ids[i], textOf(runs[i], "state"));
        }
        if (live) screen.draw(picture);
        if (std::all_of(runs.begin(), runs.end(), hasEnded)) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
    }
    if (common.json) std::cout << Json(runs).dump(2) << '\n';
    const bool allCompleted =
        std::all_of(runs.begin(), runs.end(), [](const Json& run) { return textOf(run, "state") == "completed"; });
    return allCompleted ? 0 : 1;
}

}  // namespace stepd::ctl
