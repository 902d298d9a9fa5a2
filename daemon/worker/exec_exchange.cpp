#include "worker/exec_exchange.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace stepd::worker {
namespace {
constexpr std::size_t kMostQuestions = 1000;
}

ExecExchange::ExecExchange(const stepd_ctx_v1* ctx) : ctx_(ctx), arrived_(::eventfd(0, EFD_CLOEXEC)) {
    if (!arrived_.valid()) throwErrno(errno, "cannot make an eventfd");
}

bool ExecExchange::put(Question question) {
    const MutexLock lock(mutex_);
    if (questions_.size() >= kMostQuestions) return false;
    questions_.push_back(std::move(question));
    ::eventfd_write(arrived_.get(), 1);
    return true;
}

std::optional<ExecExchange::Question> ExecExchange::next() {
    for (;;) {
        {
            const MutexLock lock(mutex_);
            if (!questions_.empty()) {
                Question question = std::move(questions_.front());
                questions_.pop_front();
                return question;
            }
        }
        // A descriptor of -1 is passed over.
        std::array<pollfd, 2> either{pollfd{arrived_.get(), POLLIN, 0},
                                     pollfd{told_ ? -1 : ctx_->host->cancel_fd(ctx_), POLLIN, 0}};
        ::poll(either.data(), either.size(), -1);
        if (either[1].revents != 0 && !std::exchange(told_, true)) return std::nullopt;
        eventfd_t count = 0;
        if (either[0].revents != 0) ::eventfd_read(arrived_.get(), &count);
    }
}

}  // namespace stepd::worker
