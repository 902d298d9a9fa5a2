#pragma once

#include <Poco/Exception.h>
#include <sqlite3.h>

#include <string>

#include "store/sqlite/statement.h"

namespace stepd::store {

/// Runs `body`, which uses a Poco::Data session on `db`; a Poco exception leaves as throwSqlite's, `doing` in its
/// sentence.
template <typename Body>
auto callingPoco(sqlite3* db, const std::string& doing, Body&& body) {
    try {
        return body();
    } catch (const Poco::Exception& error) {
        throwSqlite(db, sqlite3_extended_errcode(db), doing + ": " + error.displayText());
    }
}

}  // namespace stepd::store
