#include "torture/crash_loop.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <thread>

#include "torture/connection.h"
#include "torture/evidence.h"
#include "torture/report.h"

namespace stepd::torture {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr int kKilled = 128 + SIGKILL;

}  // namespace

CrashLoop::CrashLoop(CrashOptions options)
    : options_(options),
      daemon_(directory_),
      random_(options.seed),
      load_({.seed = options.seed, .rate = options.rate, .eventKey = kEventKey}) {
    writeSetup(directory_, {.effectsFile = effectsFile(directory_), .takeMs = 2});
}

bool CrashLoop::run() {
    std::printf("crash loop: seed %llu, %d kills, state in %s\n", static_cast<unsigned long long>(options_.seed),
                options_.kills, directory_.path().c_str());
    std::fflush(stdout);
    Findings& findings = checker_.findings();
    try {
        torture();
        // What was found on the way is left as it is: most runs would only be called unfinished.
        if (findings.count() == 0) settle();
        if (findings.count() == 0) judge();
    } catch (const std::exception& error) {
        findings.add(std::string("it cannot go on: ") + error.what());
    }
    load_.abandon();
    daemon_.kill();
    printFigures(figures_, load_.figures(), checker_.tally());
    const bool clean = printFindings(findings, options_.seed, directory_.path());
    if (!clean) directory_.keep();
    return clean;
}

void CrashLoop::torture() {
    load_.start();
    start();
    for (int told = 0; killed() < options_.kills && checker_.findings().count() == 0;) {
        killOnce();
        checkPromises();
        if (killed() / 50 == told) continue;
        told = killed() / 50;
        printProgress(killed(), load_.figures());
    }
}

/// Sometimes it is killed on its way, however far it has come.
void CrashLoop::start() {
    for (;;) {
        ++figures_.starts;
        const auto launched = SteadyClock::now();
        daemon_.launch();
        if (killed() < options_.kills && upTo(99) < 20ms) {
            std::this_thread::sleep_for(upTo(200));
            killDaemon(KillKind::AtStart);
            continue;
        }
        daemon_.awaitListening();
        daemon_.waitUntil("the daemon to be healthy",
                          [&] { return probe_.get(daemon_.port(), "/health").status == 200; });
        const std::chrono::duration<double, std::milli> took = SteadyClock::now() - launched;
        figures_.readyMs.push_back(took.count());
        load_.aim(daemon_.port());
        return;
    }
}

void CrashLoop::killOnce() {
    live(20ms + upTo(330));
    figures_.openRuns.push_back(openRuns_);
    const auto dice = upTo(99);
    if (dice < 15ms) {
        killWorker();
        ++figures_.kills[static_cast<std::size_t>(KillKind::Worker)];
        return;
    }
    if (dice < 30ms) {
        killWorker();
        std::this_thread::sleep_for(upTo(5));
        killDaemon(KillKind::WorkerAndDaemon);
    } else if (dice < 40ms) {
        ::kill(daemon_.pid(), SIGTERM);
        std::this_thread::sleep_for(upTo(40));
        killDaemon(KillKind::WhileStopping);
    } else {
        killDaemon(KillKind::Daemon);
    }
    start();
}

void CrashLoop::killWorker() {
    const auto workers = daemon_.workers();
    if (workers.empty()) return;
    ::kill(workers[random_.next() % workers.size()], SIGKILL);
    ++figures_.workersKilled;
}

void CrashLoop::killDaemon(KillKind kind) {
    load_.aim(0);
    const int code = daemon_.kill();
    ++figures_.kills[static_cast<std::size_t>(kind)];
    const bool stopped = kind == KillKind::WhileStopping && code == 0;  // before the kill
    if (code != kKilled && !stopped)
        checker_.findings().add("the daemon ended by itself with exit code " + std::to_string(code));
    for (const std::string& line : daemon_.logLines())
        if (line.find("what should never be") != std::string::npos ||
            line.find("\"level\":\"fatal\"") != std::string::npos)
            checker_.findings().add("the daemon's log: " + line);
}

/// Lets it work, and the clients hold back where it cannot keep up.
void CrashLoop::live(milliseconds time) {
    const auto end = SteadyClock::now() + time;
    while (SteadyClock::now() < end) {
        const Answer metrics = probe_.get(daemon_.port(), "/metrics");
        openRuns_ = metricOf(metrics.body, "stepd_runs_active") + metricOf(metrics.body, "stepd_runs_queued");
        load_.hold(metrics.status != 200 || openRuns_ > options_.mostOpenRuns);
        std::this_thread::sleep_for(std::min<SteadyClock::duration>(50ms, end - SteadyClock::now()));
    }
}

/// Cheap: looks at what was promised since the last time alone.
void CrashLoop::checkPromises() {
    const auto promises = load_.takePromises();
    for (const std::string& sentence : brokenPromises(databaseFile(directory_), promises))
        checker_.findings().add(sentence);
    for (const Promise& promise : promises) checker_.see(promise);
    for (const std::string& sentence : load_.takeFindings()) checker_.findings().add(sentence);
}

/// All that was asked for is acknowledged, and all that was acknowledged comes to its end.
void CrashLoop::settle() {
    load_.finish();
    checkPromises();
    const Leftovers left = awaitRest(databaseFile(directory_), options_.patience);
    checker_.findings().require(left.none(), "nothing moves any more, and there are " + left.text());
    load_.aim(0);
    const int code = daemon_.stop();
    if (code != 0) checker_.findings().add("the daemon stopped with exit code " + std::to_string(code));
}

void CrashLoop::judge() {
    checkDatabase(databaseFile(directory_), checker_.findings());
    showAll(effectsFile(directory_), databaseFile(directory_), checker_);
    checker_.finish();
    const auto crashes = checker_.tally().attempts.find(OutcomeClass::Crash);
    if (crashes != checker_.tally().attempts.end())
        checker_.findings().require(crashes->second <= static_cast<std::size_t>(figures_.workersKilled),
                                    std::to_string(crashes->second) + " attempts crashed, but only " +
                                        std::to_string(figures_.workersKilled) + " workers were killed");
}

int CrashLoop::killed() const {
    return std::accumulate(figures_.kills.begin(), figures_.kills.end(), 0);
}

milliseconds CrashLoop::upTo(int most) {
    return milliseconds(random_.next() % (static_cast<std::uint64_t>(most) + 1));
}

}  // namespace stepd::torture
