#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/system_clock.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/terminal.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/inspection.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/online_backup.h"
#include "store/sqlite/statement.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;
using store::Connection;
using store::Role;

std::string existing(const std::string& path) {
    if (!fs::exists(path)) throw Refused("there is no database " + path);
    return path;
}

std::string databaseOf(const DatabaseOptions& options) {
    if (!options.path.empty()) return existing(options.path);
    if (!options.state.empty()) return existing((fs::path(options.state) / "stepd.db").string());
    const char* fromEnvironment = std::getenv("STATE_DIRECTORY");
    for (const std::string& state :
         {std::string(fromEnvironment ? fromEnvironment : ""), std::string("var"), std::string("/var/lib/stepd")}) {
        const fs::path path = fs::path(state) / "stepd.db";
        if (!state.empty() && fs::exists(path)) return path.string();
    }
    throw Refused("no database was found: name it with --db FILE, or its directory with --state DIR");
}

/// The daemon keeps its key beside its database, unless that was put elsewhere.
std::string keyFileOf(const Common& common, const std::string& database) {
    const fs::path beside = fs::absolute(database).parent_path() / "operator.key";
    return common.keyFile.empty() && fs::exists(beside) ? beside.string() : common.keyFile;
}

/// Absent while a daemon has the database.
std::optional<store::LockFile> lockOut(const std::string& database) {
    try {
        return std::optional<store::LockFile>(std::in_place,
                                              (fs::absolute(database).parent_path() / "stepd.lock").string());
    } catch (const Error& error) {
        if (error.code() == ErrorCode::StoreBusy) return std::nullopt;
        throw;
    }
}

/// Opens a database only to read. Throws Error if its schema is not one that is known.
std::unique_ptr<Connection> openToRead(const std::string& path) {
    auto connection = std::make_unique<Connection>(path, Role::Reader);
    connection->configure();
    store::checkSchema(*connection, store::migrations());
    return connection;
}

/// A file that goes away again unless it is kept.
class Temporary {
public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        std::error_code ignored;
        for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path_ + suffix, ignored);
    }
    const std::string& path() const { return path_; }

private:
    const std::string path_;
};

/// The running daemon copies, between its commits; else we do, with the daemon locked out.
std::unique_ptr<Temporary> copyOf(const Common& common, const std::string& database) {
    if (const auto lock = lockOut(database)) {
        const auto source = openToRead(database);
        auto copy =
            std::make_unique<Temporary>(fs::absolute(database).string() + ".copy-" + std::to_string(::getpid()));
        store::OnlineBackup backup(source->handle(), copy->path());
        while (!backup.step(1'000)) {
        }
        return copy;
    }
    const Client client(common.url, findOperatorKey(keyFileOf(common, database)));
    const Json made = client.postLong("/api/v1/backup", "");
    auto copy = std::make_unique<Temporary>(made.at("path").get<std::string>());
    if (fs::equivalent(fs::absolute(copy->path()).parent_path(), fs::absolute(database).parent_path())) return copy;
    throw Refused("the daemon at " + common.url + " has another database: " + copy->path() + " is no copy of " +
                  database);
}

std::vector<std::string> damageOf(const std::string& path) {
    const auto connection = openToRead(path);
    return store::findDamage(*connection);
}

void syncToDisk(const fs::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || ::fsync(file.get()) != 0) throwErrno(errno, "syncing " + path.string());
}

/// Into the target's directory first: a rename within one file system is all or nothing.
void moveTo(const std::string& from, const fs::path& target) {
    const Temporary aside(target.string() + ".part");
    std::error_code otherDevice;
    fs::remove(aside.path(), otherDevice);
    fs::rename(from, aside.path(), otherDevice);
    if (otherDevice) {
        const FileDescriptor made(
            ::open(aside.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
        if (!made.valid()) throwErrno(errno, "cannot make " + aside.path());
        fs::copy_file(from, aside.path(), fs::copy_options::overwrite_existing);
    }
    syncToDisk(aside.path());
    fs::rename(aside.path(), target);
    syncToDisk(fs::absolute(target).parent_path());
}

std::uintmax_t sizeOf(const std::string& path) {
    std::error_code missing;
    const auto size = fs::file_size(path, missing);
    return missing ? 0 : size;
}

Json runJson(const std::optional<Run>& run) {
    if (!run) return nullptr;
    return {{"id", publicId(run->id, run->createdAt)}, {"created_at", toRfc3339(run->createdAt)}};
}

Json statsJson(const std::string& path, const store::DatabaseStats& stats) {
    Json tables = Json::object();
    for (const auto& table : stats.tables) tables[table.name] = table.rows ? Json(*table.rows) : Json(nullptr);
    return {{"path", path},
            {"schema", stats.schema},
            {"bytes", sizeOf(path)},
            {"wal_bytes", sizeOf(path + "-wal")},
            {"page_bytes", stats.pageBytes},
            {"pages", stats.pages},
            {"free_pages", stats.freePages},
            {"shrinks", stats.shrinks},
            {"oldest_run", runJson(stats.oldest)},
            {"newest_run", runJson(stats.newest)},
            {"rows", std::move(tables)}};
}

std::string lineOf(const Json& run) {
    return run.is_null() ? "none" : run["created_at"].get<std::string>() + "  " + run["id"].get<std::string>();
}

void printStats(const Json& stats) {
    std::vector<std::vector<std::string>> rows{{"DATABASE", stats["path"].get<std::string>()}};
    for (const char* key : {"schema", "bytes", "wal_bytes", "page_bytes", "pages", "free_pages", "shrinks"})
        rows.push_back({key, stats[key].dump()});
    for (const char* key : {"oldest_run", "newest_run"}) rows.push_back({key, lineOf(stats[key])});
    for (const auto& [table, count] : stats["rows"].items())
        rows.push_back({table, count.is_null() ? "too many to count within a second" : count.dump() + " rows"});
    std::cout << table(rows);
}

}  // namespace

int databaseStats(const Common& common, const DatabaseOptions& options) {
    const std::string path = databaseOf(options);
    const Json stats = statsJson(path, store::inspect(*openToRead(path), SystemClock()));
    if (common.json)
        std::cout << stats.dump(2) << '\n';
    else
        printStats(stats);
    return 0;
}

int checkDatabase(const Common& common, const DatabaseOptions& options) {
    const std::string path = databaseOf(options);
    std::vector<std::string> damage;
    if (const auto lock = lockOut(path)) {
        damage = damageOf(path);
    } else {
        damage = damageOf(copyOf(common, path)->path());
    }
    if (common.json) {
        std::cout << Json{{"path", path}, {"damage", damage}}.dump(2) << '\n';
    } else {
        for (const auto& sentence : damage) std::cout << sentence << '\n';
        if (damage.empty() && !common.quiet) std::cout << path << " is sound\n";
    }
    return damage.empty() ? 0 : 1;
}

int backUpDatabase(const Common& common, const DatabaseOptions& options) {
    const std::string path = databaseOf(options);
    if (!options.force && fs::exists(options.target))
        throw Refused(options.target + " is there; --force overwrites it");
    const auto copy = copyOf(common, path);
    if (const auto damage = damageOf(copy->path()); !damage.empty())
        throw Refused("the copy of " + path + " is damaged, and so may be the database: " + damage.front());
    const auto bytes = sizeOf(copy->path());
    moveTo(copy->path(), options.target);
    if (common.json)
        std::cout << Json{{"path", options.target}, {"bytes", bytes}}.dump(2) << '\n';
    else if (!common.quiet)
        std::cout << options.target << " is a checked copy of " << path << ", " << bytes << " bytes\n";
    return 0;
}

int vacuumDatabase(const Common& common, const DatabaseOptions& options) {
    const std::string path = databaseOf(options);
    const auto lock = lockOut(path);
    if (!lock) throw Refused("a daemon has " + path + ": stop it first");
    const auto before = sizeOf(path);
    {
        Connection connection(path, Role::Writer);
        store::checkSchema(connection, store::migrations());
        connection.configure();
        store::execute(connection.handle(), "PRAGMA auto_vacuum=INCREMENTAL; VACUUM");
        connection.ask("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    if (common.json)
        std::cout << Json{{"path", path}, {"bytes_before", before}, {"bytes", sizeOf(path)}}.dump(2) << '\n';
    else if (!common.quiet)
        std::cout << path << " has " << sizeOf(path) << " bytes now, " << before << " before\n";
    return 0;
}

}  // namespace stepd::ctl
