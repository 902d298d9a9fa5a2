#include "torture/evidence.h"

#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/error.h"
#include "base/system_clock.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/statement.h"

namespace stepd::torture {
namespace {

constexpr std::size_t kPage = 1000;

/// A read that took too long on a busy machine is tried again.
template <typename Read>
auto patiently(Read read) {
    for (int tries = 0;; ++tries) {
        try {
            return read();
        } catch (const Error& error) {
            if (tries == 100 || (error.code() != ErrorCode::Unavailable && error.code() != ErrorCode::StoreBusy)) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
}

/// All of them, oldest first.
template <typename Key, typename List, typename See>
void eachOf(List list, See see) {
    std::vector<typename decltype(list(store::Page<Key>()))::value_type> all;
    store::Page<Key> page{.before = {}, .limit = kPage};
    for (;;) {
        auto some = patiently([&] { return list(page); });
        if (some.empty()) break;
        page.before = some.back().id;
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    for (auto one = all.rbegin(); one != all.rend(); ++one) see(*one);
}

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Database openToRead(const std::string& path) {
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    Database owned(db, &sqlite3_close);
    if (code != SQLITE_OK) throw std::runtime_error("cannot open " + path + ": " + sqlite3_errstr(code));
    sqlite3_busy_timeout(db, 10'000);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return owned;
}

std::int64_t count(sqlite3* db, const std::string& from) {
    store::Statement statement(db, "SELECT count(*) FROM " + from);
    auto rows = statement.query();
    rows.next();
    return rows.integer(0);
}

}  // namespace

std::vector<std::string> brokenPromises(const std::string& database, const std::vector<Promise>& promises) {
    const SystemClock clock;
    store::SqliteReaders readers(database, clock);
    std::vector<std::string> broken;
    for (const Promise& promise : promises) {
        if (!promise.id) continue;
        const auto event = patiently([&] { return readers.findEvent(promise.id); });
        if (!event || event->name != promise.event || event->externalId != promise.externalId)
            broken.push_back("event " + promise.event + " " + promise.externalId +
                             " was acknowledged and is lost after a kill");
    }
    return broken;
}

std::string Leftovers::text() const {
    return std::to_string(openRuns) + " runs that have not ended, " + std::to_string(slots) + " slots, " +
           std::to_string(waits) + " waits, " + std::to_string(deliveries) + " deliveries";
}

Leftovers leftovers(const std::string& database) {
    const auto db = openToRead(database);
    return {.openRuns = count(db.get(), "runs WHERE state < 10"),
            .slots = count(db.get(), "slots"),
            .waits = count(db.get(), "waits"),
            .deliveries = count(db.get(), "deliveries")};
}

Leftovers awaitRest(const std::string& database, std::chrono::seconds patience) {
    using Clock = std::chrono::steady_clock;
    Leftovers last = leftovers(database);
    for (auto moved = Clock::now(); !last.none() && Clock::now() - moved < patience;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        const Leftovers now = leftovers(database);
        if (now != last) moved = Clock::now();
        last = now;
    }
    return last;
}

void showAll(const std::string& effectsFile, const std::string& database, Checker& checker) {
    std::ifstream effects(effectsFile);
    for (std::string line; std::getline(effects, line);) {
        if (auto execution = Execution::parse(line))
            checker.see(std::move(*execution));
        else
            checker.findings().add("the file of effects has the line '" + line + "'");
    }
    const SystemClock clock;
    store::SqliteReaders readers(database, clock);
    eachOf<EventId>([&](auto page) { return readers.listEvents(std::nullopt, page); },
                    [&](const Event& event) { checker.see(event); });
    eachOf<RunId>([&](auto page) { return readers.listRuns({}, page); },
                  [&](const Run& run) {
                      checker.see(run, patiently([&] { return readers.stepsOf(run.id); }),
                                  patiently([&] { return readers.attemptsOf(run.id); }));
                  });
}

void checkDatabase(const std::string& database, Findings& findings) {
    const auto db = openToRead(database);
    store::Statement integrity(db.get(), "PRAGMA integrity_check");
    auto rows = integrity.query();
    while (rows.next()) findings.require(rows.text(0) == "ok", "integrity_check says: " + rows.text(0));
    store::Statement keys(db.get(), "PRAGMA foreign_key_check");
    auto dangling = keys.query();
    while (dangling.next())
        findings.add("foreign_key_check says: row " + std::to_string(dangling.integer(1)) + " of " + dangling.text(0) +
                     " refers to none of " + dangling.text(2));
}

}  // namespace stepd::torture
