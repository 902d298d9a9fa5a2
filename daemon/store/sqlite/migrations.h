#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stepd::store {

class Connection;

/// A step of the schema: `0001_init.sql`. A released one is never edited.
struct Migration {
    int version = 0;
    std::string_view name;
    std::string_view sql;
};

/// All there are, by version from 1 on; embedded from `migrations/` when the daemon is built.
std::span<const Migration> migrations();

/// The schema's version; 0 for an empty file. Only reads. Throws Error: StoreTooNew, StoreCorrupt if the file is a
/// database of another program.
int checkSchema(Connection& connection, std::span<const Migration> known);

/// Brings the schema to the last of `known`, each step in one transaction with its version (hardening R16). A database
/// with content is first copied to `PATH.v<version>.bak` and the copy is checked. Killed at any moment, the next call
/// goes on. Returns the path of the copy; empty if none was made. Throws Error.
std::string migrate(Connection& connection, const std::string& path, std::span<const Migration> known);

}  // namespace stepd::store
