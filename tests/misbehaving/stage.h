#pragma once

#include <string>
#include <vector>

#include "cases.h"
#include "holdings.h"
#include "support/daemon_process.h"
#include "support/loopback_server.h"

namespace stepd::misbehaving {

/// A real daemon with a plugin declaration and a pipeline for each case, so that each has workers of its own, and a
/// healthy plugin beside them. Its process is a subreaper from then on, so that no stray gets out of sight; what is
/// left in the end is killed. One thread.
class Stage {
public:
    explicit Stage(std::vector<Case> cases);
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage();

    /// Starts the daemon, plays all cases at once while the healthy plugin works, looks for what is left behind, and
    /// stops the daemon. What was not as it should be, one line each; empty if all was well.
    std::string play();
    const test::TemporaryDirectory& directory() const { return directory_; }

private:
    struct Playing {
        const Case* row;
        std::string runId;
        bool ended = false;
    };

    void configure();
    void start();
    std::string post(const std::string& event, const std::string& data);
    void workHealthily();
    void playCases();
    void judge(const Playing& playing);
    void seeThatNothingIsLeft();
    void seeThatTheLogIsClean();
    void endWell();
    Holdings holdings() const;
    std::size_t workersWanted() const;
    void object(const std::string& sentence) { objections_ += "\n  " + sentence; }
    std::string logOf(const std::string& plugin) const;

    const std::vector<Case> cases_;
    test::LoopbackServer server_;
    test::TemporaryDirectory directory_;
    test::DaemonProcess daemon_;
    Holdings before_;
    std::string objections_;
};

}  // namespace stepd::misbehaving
