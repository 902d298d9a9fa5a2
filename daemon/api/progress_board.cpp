#include "api/progress_board.h"

namespace stepd::api {

void ProgressBoard::set(RunId run, const std::string& step, Progress progress) {
    const MutexLock lock(mutex_);
    board_[{run, step}] = std::move(progress);
}

void ProgressBoard::forget(RunId run) {
    const MutexLock lock(mutex_);
    board_.erase(board_.lower_bound({run, ""}), board_.lower_bound({RunId{run.value + 1}, ""}));
}

std::optional<ProgressBoard::Progress> ProgressBoard::find(RunId run, const std::string& step) const {
    const MutexLock lock(mutex_);
    const auto found = board_.find({run, step});
    return found == board_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace stepd::api
