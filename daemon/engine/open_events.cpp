#include "engine/open_events.h"

#include <utility>

namespace stepd::engine {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::size_t bytesOf(const std::vector<NewEvent>& events) {
    std::size_t bytes = 0;
    for (const NewEvent& event : events)
        bytes += sizeof(NewEvent) + event.name.size() + event.externalId.size() + event.data.size() + event.user.size();
    return bytes;
}

}  // namespace

bool OpenEvents::enter(const std::vector<NewEvent>& events, Engine::SubmitCallback& done) {
    const std::size_t count = events.size();
    const std::size_t bytes = bytesOf(events);
    const std::size_t before = counters_->events.fetch_add(count, kRelaxed);
    const std::size_t bytesBefore = counters_->bytes.fetch_add(bytes, kRelaxed);
    if (before != 0 && (before + count > maxEvents_ || bytesBefore + bytes > maxBytes_)) {
        counters_->events.fetch_sub(count, kRelaxed);
        counters_->bytes.fetch_sub(bytes, kRelaxed);
        return false;
    }
    done = [counters = counters_, count, bytes, done = std::move(done)](std::vector<Submitted> answers) {
        counters->events.fetch_sub(count, kRelaxed);
        counters->bytes.fetch_sub(bytes, kRelaxed);
        counters->answered.fetch_add(count, kRelaxed);
        done(std::move(answers));
    };
    return true;
}

IntakeLoad OpenEvents::load() const {
    return {.events = counters_->events.load(kRelaxed),
            .bytes = counters_->bytes.load(kRelaxed),
            .answered = counters_->answered.load(kRelaxed)};
}

}  // namespace stepd::engine
