#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "disk/disk_life.h"

namespace stepd::test {

/// In pages: the write-ahead log is moved, and starts over, in the middle of the story.
inline constexpr store::Checkpointer::Limits kEarlyCheckpoints{.worthwhile = 60, .tooMany = 16'384};

/// A life with something of everything: events with ids, steps that fail first, sleeps, waits for events, children,
/// `foreach`, slots, batches, runs that leave memory, keys that expire and are pruned, and clean restarts with their
/// checkpoints. Clients send an event until it is accepted; a process that gives up is started again.
class StoryOfRuns {
public:
    /// What a person does when the process could not go on, or has no space for a minute: repair the disk.
    using Repair = std::function<void()>;

    explicit StoryOfRuns(
        std::string database, Repair repair = [] {});

    DiskLife life;
    /// How often the process gave up, and how often it could not start.
    int deaths = 0;
    int failedStarts = 0;
    /// How often a client was told that there is no space.
    int refusals = 0;
    /// Called where the life is at rest between two things that happen, some thirty times.
    std::function<void()> atRest;

    /// From the first start to the end, with the store open.
    void play();
    /// Starts over a database in which any part of the story has happened, and waits until all its runs have ended.
    void goOn();

    /// Fails the test with `where` unless all runs have ended, each step's result is recorded once, nothing is held or
    /// left open, what was accepted is there, and the database is sound.
    void check(const std::string& where);
    /// A line for each run: what it was for, how it ended, its steps. The same for every life that comes to its end.
    std::vector<std::string> ends();

private:
    void start();
    void restart();
    void revive();
    void send(const std::string& event, const std::string& id, const std::string& data = "{}");
    void pass(Duration time);
    void waitForSpace();
    void clients(int day);

    const std::string database_;
    const Repair repair_;
    std::set<EventId> accepted_;
};

}  // namespace stepd::test
