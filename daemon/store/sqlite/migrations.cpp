#include "store/sqlite/migrations.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/statement.h"

namespace stepd::store {
namespace {

/// "step" in ASCII: in the file's header, where file(1) finds it.
constexpr int kApplicationId = 0x73746570;

void syncToDisk(const std::filesystem::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || ::fsync(file.get()) != 0) throwErrno(errno, "syncing " + path.string());
}

/// VACUUM INTO does not sync, and leaves half a file when it is killed: so write aside, check, sync, rename.
std::string backUp(Connection& connection, const std::string& path, int version) {
    const std::string backup = path + ".v" + std::to_string(version) + ".bak";
    const std::string aside = backup + ".part";
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(aside + suffix);
    Statement(connection.handle(), "VACUUM INTO ?").run(aside);
    {
        Connection copy(aside, Role::Reader);
        if (const auto verdict = copy.ask("PRAGMA integrity_check"); verdict != "ok")
            throw Error(ErrorCode::StoreCorrupt, "the copy of " + path + " before migration is damaged: " + verdict);
    }
    syncToDisk(aside);
    std::filesystem::rename(aside, backup);
    syncToDisk(std::filesystem::absolute(backup).parent_path());
    return backup;
}

void apply(Connection& connection, const Migration& step) {
    execute(connection.handle(), "BEGIN IMMEDIATE");
    try {
        execute(connection.handle(), std::string(step.sql));
        execute(connection.handle(), "PRAGMA user_version=" + std::to_string(step.version));
        execute(connection.handle(), "PRAGMA application_id=" + std::to_string(kApplicationId));
        execute(connection.handle(), "COMMIT");
    } catch (const std::exception& error) {
        if (sqlite3_get_autocommit(connection.handle()) == 0)
            sqlite3_exec(connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        const auto* known = dynamic_cast<const Error*>(&error);
        throw Error(known != nullptr ? known->code() : ErrorCode::System,
                    "migration " + std::string(step.name) + " failed and was undone: " + error.what());
    }
}

}  // namespace

int checkSchema(Connection& connection, std::span<const Migration> known) {
    const int version = std::stoi(connection.ask("PRAGMA user_version"));
    const int application = std::stoi(connection.ask("PRAGMA application_id"));
    const bool empty = connection.ask("SELECT count(*) FROM sqlite_schema") == "0";
    if (application != kApplicationId && !(version == 0 && empty))
        throw Error(ErrorCode::StoreCorrupt, "the database is not one of stepd's");
    if (version > known.back().version)
        throw Error(ErrorCode::StoreTooNew, "the database has schema " + std::to_string(version) +
                                                ", this stepd knows " + std::to_string(known.back().version) +
                                                ": install a newer stepd");
    return version;
}

std::string migrate(Connection& connection, const std::string& path, std::span<const Migration> known) {
    const int version = checkSchema(connection, known);
    if (version == known.back().version) return {};
    const std::string backup = version > 0 ? backUp(connection, path, version) : "";
    for (const auto& step : known)
        if (step.version > version) apply(connection, step);
    return backup;
}

}  // namespace stepd::store
