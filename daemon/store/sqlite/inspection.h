#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/run.h"

namespace stepd::store {

class Connection;

/// What an operator wants to know about a database.
struct DatabaseStats {
    struct Table {
        std::string name;
        std::optional<std::int64_t> rows;  ///< absent: counting took longer than a read may
    };
    std::int64_t schema = 0;
    std::int64_t pageBytes = 0;
    std::int64_t pages = 0;
    std::int64_t freePages = 0;
    bool shrinks = false;  ///< free pages are given back to the file system
    std::vector<Table> tables;
    std::optional<Run> oldest;  ///< runs
    std::optional<Run> newest;
};

/// On a reader's connection, in reads of at most a second each (hardening R5). Throws Error.
DatabaseStats inspect(Connection& connection, const Clock& clock);

/// What is wrong, a sentence each, at most some dozens; empty: nothing. SQLite's own checks, then those of our rules
/// that SQLite does not know. Takes as long as it takes, in reads of that length: not for the database of a running
/// daemon, but for a copy. Throws Error.
std::vector<std::string> findDamage(Connection& connection);

}  // namespace stepd::store
