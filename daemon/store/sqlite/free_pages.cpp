#include "store/sqlite/free_pages.h"

#include <algorithm>

namespace stepd::store {
namespace {

constexpr std::int64_t kIncremental = 2;
constexpr std::int64_t kLeastKept = 1'024;  // 4 MiB
constexpr std::int64_t kShareKept = 10;     // a tenth of the file

std::int64_t ask(Statement& pragma) {
    Rows row = pragma.query();
    return row.next() ? row.integer(0) : 0;
}

}  // namespace

FreePages::FreePages(sqlite3* db)
    : db_(db), mode_(db, "PRAGMA auto_vacuum"), free_(db, "PRAGMA freelist_count"), all_(db, "PRAGMA page_count") {}

bool FreePages::worthIt() {
    return ask(mode_) == kIncremental && ask(free_) > std::max(kLeastKept, ask(all_) / kShareKept);
}

void FreePages::giveBack(std::size_t most) {
    execute(db_, "PRAGMA incremental_vacuum(" + std::to_string(most) + ")");
}

}  // namespace stepd::store
