#include "http/deadline_wheel.h"

#include <algorithm>

namespace stepd::http {

Timed::~Timed() {
    unlink();
}

void Timed::unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
}

DeadlineWheel::DeadlineWheel(Instant start) : start_(start) {
    for (Head& head : heads_) head.previous_ = head.next_ = &head;
}

DeadlineWheel::~DeadlineWheel() {
    for (Head& head : heads_)
        while (head.next_ != &head) head.next_->unlink();
}

void DeadlineWheel::set(Timed& timed, Instant deadline) {
    timed.deadline_ = deadline;
    // A later deadline is noticed when the earlier slot is swept: a busy connection is not moved at every request.
    if (timed.next_ != nullptr && timed.slotEnd_ <= deadline + kSlot) return;
    timed.unlink();
    link(timed);
}

void DeadlineWheel::link(Timed& timed) {
    const std::size_t wanted = tickOf(std::max(*timed.deadline_, start_));
    const std::size_t tick = std::clamp(wanted, tick_, tick_ + kSlots - 1);
    timed.slotEnd_ = start_ + kSlot * static_cast<std::int64_t>(tick + 1);
    Timed& head = heads_[tick % kSlots];
    timed.next_ = &head;
    timed.previous_ = head.previous_;
    head.previous_->next_ = &timed;
    head.previous_ = &timed;
}

void DeadlineWheel::sweep(Instant now) {
    const std::size_t current = tickOf(std::max(now, start_));
    // After a long jump once around is enough: each slot is then swept with the new time.
    const std::size_t rounds = std::min(current - std::min(tick_, current), kSlots);
    const std::size_t first = tick_;
    tick_ = std::max(tick_, current);
    for (std::size_t i = 0; i < rounds; ++i) sweepSlot(heads_[(first + i) % kSlots], now);
}

void DeadlineWheel::sweepSlot(Timed& head, Instant now) {
    Head due;  // taken out first: what is linked anew below may land in this very slot
    due.previous_ = due.next_ = &due;
    if (head.next_ != &head) {
        due.next_ = head.next_;
        due.previous_ = head.previous_;
        due.next_->previous_ = due.previous_->next_ = &due;
        head.previous_ = head.next_ = &head;
    }
    while (due.next_ != &due) {
        Timed& timed = *due.next_;
        timed.unlink();
        if (!timed.deadline_) continue;
        if (*timed.deadline_ > now) {
            link(timed);
        } else {
            timed.deadline_.reset();
            timed.onDeadline();
        }
    }
}

std::optional<Instant> DeadlineWheel::next() const {
    for (std::size_t i = 0; i < kSlots; ++i) {
        const Head& head = heads_[(tick_ + i) % kSlots];
        if (head.next_ != &head) return start_ + kSlot * static_cast<std::int64_t>(tick_ + i + 1);
    }
    return std::nullopt;
}

}  // namespace stepd::http
