#include "disk/database_digest.h"

#include <sqlite3.h>

#include <memory>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/statement.h"

namespace stepd::test {
namespace {

/// FNV-1a.
struct Digest {
    std::uint64_t value = 0xcbf29ce484222325U;
    void add(std::string_view bytes) {
        for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        value = (value ^ 0x1ffU) * 0x100000001b3U;
    }
};

void addTable(sqlite3* db, const std::string& table, Digest& digest) {
    sqlite3_stmt* statement = nullptr;
    const std::string sql = "SELECT * FROM \"" + table + "\"";
    if (const int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr); code != SQLITE_OK)
        store::throwSqlite(db, code, sql);
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(statement, &sqlite3_finalize);
    for (store::Rows rows(statement); rows.next();)
        for (int i = 0; i < sqlite3_column_count(statement); ++i) digest.add(rows.isNull(i) ? "(null)" : rows.text(i));
}

}  // namespace

std::uint64_t digestOf(const std::string& path) {
    const store::Connection connection(path, store::Role::Reader);
    std::vector<std::string> tables;
    {
        store::Statement names(connection.handle(),
                               "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        for (store::Rows rows = names.rows(); rows.next();) tables.push_back(rows.text(0));
    }
    Digest digest;
    for (const std::string& table : tables) {
        digest.add(table);
        addTable(connection.handle(), table, digest);
    }
    return digest.value;
}

}  // namespace stepd::test
