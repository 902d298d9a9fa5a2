#include "host/inproc_sink.h"

#include "host/channel.h"

namespace stepd::host {

void InprocSink::close() {
    const MutexLock lock(mutex_);
    loop_ = nullptr;
    words_.clear();
}

std::size_t InprocSink::sizeOf(const HttpRequestMessage& message) {
    std::size_t sum = 0;
    for (const FetchRequest& request : message.requests) {
        sum += sizeof request + request.method.size() + request.url.size() + request.body.size();
        for (const auto& [name, value] : request.headers) sum += name.size() + value.size();
    }
    return sum;
}

void InprocSink::run(std::function<void()> task) {
    const MutexLock lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::move(task));
}

bool InprocSink::fetch(std::uint64_t token, HttpRequestMessage request) noexcept {
    if (sizeOf(request) > kMaxFrameBytes) return false;
    say(token, std::move(request), Post::Now);
    return true;
}

void InprocSink::say(std::uint64_t token, Word word, Post when) noexcept {
    const MutexLock lock(mutex_);
    if (loop_ == nullptr) return;
    words_.emplace_back(token, std::move(word));
    if (when == Post::Now) tellLoop();
}

void InprocSink::flush() noexcept {
    const MutexLock lock(mutex_);
    if (loop_ != nullptr && !words_.empty()) tellLoop();
}

bool InprocSink::keepsBack() const noexcept {
    const MutexLock lock(mutex_);
    return !words_.empty() && !posted_;
}

void InprocSink::tellLoop() noexcept {
    if (std::exchange(posted_, true)) return;
    loop_->post([self = shared_from_this()] { self->pass(); });
}

void InprocSink::pass() {
    Words words;
    {
        const MutexLock lock(mutex_);
        posted_ = false;
        if (loop_ == nullptr) return;
        words.swap(words_);
    }
    take_(std::move(words));
}

}  // namespace stepd::host
