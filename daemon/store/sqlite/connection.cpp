#include "store/sqlite/connection.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "store/sqlite/poco_call.h"

namespace stepd::store {
namespace {

using namespace Poco::Data::Keywords;

struct Setting {
    const char* pragma;
    const char* value;  ///< as SQLite tells it back
};

constexpr Setting kSettings[] = {
    {"journal_mode", "wal"}, {"synchronous", "2"},        {"foreign_keys", "1"},    {"trusted_schema", "0"},
    {"mmap_size", "0"},      {"wal_autocheckpoint", "0"}, {"busy_timeout", "1000"},
};

/// In seconds: for so long Poco tries again to open a file that cannot be opened; a minute unless said otherwise.
constexpr std::size_t kOpenTries = 1;

/// One thread at a time uses a connection, so SQLite need not lock it at every call, nor count memory under a lock: a
/// sixth of the writer's time. Where another part of the process has started SQLite before, the calls only fail.
void startLibraryOnce() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        Poco::Data::SQLite::Connector::registerConnector();
    });
}

/// SQLite would make a new file readable to all. An existing one is never opened here: closing it would drop SQLite's
/// POSIX locks (SQLite, "How To Corrupt An SQLite Database File", 2.2).
void createPrivate(const std::string& path) {
    const FileDescriptor created(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

}  // namespace

Connection::Connection(const std::string& path, Role role) : role_(role) {
    startLibraryOnce();
    if (role == Role::Writer) {
        createPrivate(path);
    } else if (!std::filesystem::exists(path)) {
        throw Error(ErrorCode::StoreIo, "there is no database " + path);
    }
    try {
        session_ = std::make_unique<Poco::Data::Session>(Poco::Data::SQLite::Connector::KEY, path, kOpenTries);
        handle_ = Poco::Data::SQLite::Utility::dbHandle(*session_);
    } catch (const Poco::Exception& error) {
        throw Error(ErrorCode::StoreIo, "cannot open the database " + path + ": " + error.displayText());
    }
    sqlite3_extended_result_codes(handle_, 1);
    // The last connection that closes would checkpoint, and it may be a reader; also a newer schema stays untouched.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

Connection::~Connection() = default;

void Connection::configure() {
    const auto make = [this](const std::string& pragma, const std::string& value) {
        ask("PRAGMA " + pragma + "=" + value);
        if (const auto got = ask("PRAGMA " + pragma); got != value)
            throw Error(ErrorCode::System,
                        "SQLite keeps " + pragma + " at '" + got + "' where '" + value + "' is needed");
    };
    for (const auto& [pragma, value] : kSettings) make(pragma, value);
    make("query_only", role_ == Role::Reader ? "1" : "0");
    make("cache_size", role_ == Role::Reader ? "-2000" : "-16000");  // KiB
}

std::string Connection::ask(const std::string& sql) {
    return callingPoco(handle_, sql, [&] {
        std::string answer;
        *session_ << sql, into(answer), now;
        return answer;
    });
}

std::string libraryWarning() {
    const int version = sqlite3_libversion_number();
    if (version < 3007000 || version > 3051002) return {};
    return std::string("SQLite ") + sqlite3_libversion() +
           " can corrupt a database that two connections write or checkpoint at once: open the database with nothing "
           "but "
           "stepd while it runs";
}

}  // namespace stepd::store
