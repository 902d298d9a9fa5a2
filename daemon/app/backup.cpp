#include "app/backup.h"

#include <filesystem>

namespace stepd::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".backup-";

}  // namespace

void backUp(store::SqliteStore& store, const std::string& path, const Clock& clock,
            std::function<void(const api::Backup&)> done) {
    // A name of its own: the copy before may be under inspection still.
    const std::string copy =
        fs::absolute(path).lexically_normal().string() + kSuffix + std::to_string(toMicros(clock.now()));
    store.backUp(copy, [copy, done = std::move(done)](const std::optional<Error>& problem) {
        if (problem) {
            const bool busy = problem->code() == ErrorCode::StoreBusy;
            return done({.status = busy ? api::Backup::Status::Busy : api::Backup::Status::Failed,
                         .problem = problem->what(),
                         .path = {}});
        }
        std::error_code unknown;
        const auto bytes = fs::file_size(copy, unknown);
        done({.problem = {}, .path = copy, .bytes = unknown ? 0 : static_cast<std::int64_t>(bytes)});
    });
}

void removeOldBackups(const std::string& path) {
    const fs::path database = fs::absolute(path);
    const std::string start = database.filename().string() + kSuffix;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(database.parent_path(), ignored))
        if (entry.path().filename().string().starts_with(start)) fs::remove(entry.path(), ignored);
}

}  // namespace stepd::app
