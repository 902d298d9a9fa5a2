#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "torture/checker.h"

namespace stepd::torture {

/// What the daemon's files say, read beside it by connections that write nothing. The read connections end with each
/// call: what is open while a daemon is killed would make its next start something else than it is in life.

/// Promised events that are not in the database as promised, in sentences.
std::vector<std::string> brokenPromises(const std::string& database, const std::vector<Promise>& promises);

/// Of what nothing may be left when nothing moves.
struct Leftovers {
    std::int64_t openRuns = 0;
    std::int64_t slots = 0;
    std::int64_t waits = 0;
    std::int64_t deliveries = 0;
    bool none() const { return openRuns + slots + waits + deliveries == 0; }
    std::string text() const;
    friend bool operator==(const Leftovers&, const Leftovers&) = default;
};
Leftovers leftovers(const std::string& database);
/// Waits until there are none, or, for as long as `patience`, they do not change: then those.
Leftovers awaitRest(const std::string& database, std::chrono::seconds patience);

/// Shows the checker all executions of the file of effects, and all events and runs of the database.
void showAll(const std::string& effectsFile, const std::string& database, Checker& checker);

/// PRAGMA integrity_check and foreign_key_check. No daemon may run.
void checkDatabase(const std::string& database, Findings& findings);

}  // namespace stepd::torture
