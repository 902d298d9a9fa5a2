#include "torture/load.h"

#include "torture/client.h"

namespace stepd::torture {

Load::Load(LoadOptions options) : options_(std::move(options)), rate_(options_.rate) {}

Load::~Load() {
    abandon();
}

void Load::start() {
    for (int i = 0; i < options_.clients; ++i)
        threads_.emplace_back(
            [this, seed = options_.seed * 1000 + static_cast<std::uint64_t>(i)] { Client(*this, seed).run(); });
}

void Load::finish() {
    finishing_ = true;
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void Load::abandon() {
    abandoned_ = true;
    finish();
}

std::vector<Promise> Load::takePromises() {
    const MutexLock lock(mutex_);
    return std::exchange(promises_, {});
}

std::vector<std::string> Load::takeFindings() {
    const MutexLock lock(mutex_);
    return std::exchange(findings_, {});
}

LoadFigures Load::figures() const {
    return {.jobs = nextJob_ - 1, .acknowledged = acknowledged_, .retries = retries_, .refused = refused_};
}

}  // namespace stepd::torture
