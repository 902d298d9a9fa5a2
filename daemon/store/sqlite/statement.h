#pragma once

#include <sqlite3.h>

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "model/ids.h"

namespace stepd::store {

/// A constraint refused a row (SQLite, "Result codes", SQLITE_CONSTRAINT, SQLITE_TOOBIG). The transaction goes on.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws what `code` of the last call on `db` means: Refused, or Error StoreFull, StoreBusy, StoreIo, StoreCorrupt,
/// Unavailable (interrupted), System. `doing` ends the sentence.
[[noreturn]] void throwSqlite(sqlite3* db, int code, const std::string& doing);

/// One or more SQL statements without results. Throws as throwSqlite.
void execute(sqlite3* db, const std::string& sql);

/// The rows of a running query; the statement is free again when this goes.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { sqlite3_reset(statement_); }

    /// False after the last row. Throws as throwSqlite.
    bool next();
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::int32_t integer32(int column) const { return static_cast<std::int32_t>(integer(column)); }
    bool isNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::string text(int column) const;
    Timestamp time(int column) const { return fromMicros(integer(column)); }
    std::optional<Timestamp> optionalTime(int column) const {
        return isNull(column) ? std::nullopt : std::optional(time(column));
    }

private:
    sqlite3_stmt* statement_;
};

/// A prepared statement, kept for reuse. Text is bound without a copy: it lives until `run` returns or Rows goes.
class Statement {
public:
    Statement(sqlite3* db, std::string_view sql);

    /// Executes a statement without results; returns how many rows it changed. Throws as throwSqlite.
    template <typename... Values>
    std::int64_t run(const Values&... values) {
        bindAll(values...);
        return finish();
    }

    template <typename... Values>
    Rows query(const Values&... values) {
        bindAll(values...);
        return rows();
    }

    // For statements whose parameters are known only when they run: bind all, positions from 1, then take the rows.
    Rows rows() { return Rows(statement_.get()); }
    void bind(int position, std::int64_t value) { sqlite3_bind_int64(statement_.get(), position, value); }
    void bind(int position, std::string_view value) {
        // A null pointer would bind NULL.
        sqlite3_bind_text64(statement_.get(), position, value.data() == nullptr ? "" : value.data(), value.size(),
                            SQLITE_STATIC, SQLITE_UTF8);
    }
    void bind(int position, Timestamp value) { bind(position, toMicros(value)); }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void bind(int position, Enum value) { bind(position, static_cast<std::int64_t>(value)); }
    template <typename Tag>
    void bind(int position, Id<Tag> value) {
        bind(position, value.value);
    }
    template <typename Value>
    void bind(int position, const std::optional<Value>& value) {
        if (value) {
            bind(position, *value);
        } else {
            sqlite3_bind_null(statement_.get(), position);
        }
    }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    template <typename... Values>
    void bindAll(const Values&... values) {
        assert(sqlite3_bind_parameter_count(statement_.get()) == sizeof...(values));
        int position = 0;
        (bind(++position, values), ...);
    }
    std::int64_t finish();

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace stepd::store
