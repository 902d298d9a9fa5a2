#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "torture/connection.h"
#include "torture/load.h"
#include "torture/setup.h"

namespace stepd::torture {

struct CrashOptions {
    int kills = 1000;  ///< of the daemon, of a worker, or of both at once
    std::uint64_t seed = 1;
    double rate = 800;                   ///< events a second
    double mostOpenRuns = 300;           ///< clients wait while so many are in memory or in line
    std::chrono::seconds patience{180};  ///< for the end, as long as nothing moves
};

/// When something was killed.
enum class KillKind { Daemon, AtStart, WhileStopping, Worker, WorkerAndDaemon };

struct CrashFigures {
    std::array<int, 5> kills{};  ///< by KillKind
    int workersKilled = 0;
    int starts = 0;
    std::vector<double> readyMs;   ///< from each start that was let through until the daemon answered
    std::vector<double> openRuns;  ///< in memory or in line, when something was killed
};

/// The real daemon under load, killed at random moments again and again, and a judgement at the end. The moments come
/// from the seed; what they hit does not. One thread.
class CrashLoop {
public:
    explicit CrashLoop(CrashOptions options);
    /// Prints figures and findings. True if there are no findings; else the directory stays.
    bool run();

private:
    void torture();
    void start();
    void killOnce();
    void killWorker();
    void killDaemon(KillKind kind);
    void live(std::chrono::milliseconds time);
    void checkPromises();
    void settle();
    void judge();
    int killed() const;
    std::chrono::milliseconds upTo(int milliseconds);

    const CrashOptions options_;
    test::TemporaryDirectory directory_;
    test::DaemonProcess daemon_;
    SeededRandom random_;
    Load load_;
    Connection probe_;
    Checker checker_;
    CrashFigures figures_;
    double openRuns_ = 0;
};

}  // namespace stepd::torture
