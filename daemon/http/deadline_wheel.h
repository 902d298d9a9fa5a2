#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>

#include "base/time.h"

namespace stepd::http {

class DeadlineWheel;

/// Something with at most one deadline. Leaves its wheel when it is destroyed.
class Timed {
public:
    Timed() = default;
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;
    virtual ~Timed();

    /// The deadline has passed, and is not set any more; a new one may be set here. Must not destroy this or another
    /// Timed.
    virtual void onDeadline() = 0;

private:
    friend class DeadlineWheel;
    void unlink();

    Timed* previous_ = nullptr;
    Timed* next_ = nullptr;
    std::optional<Instant> deadline_;
    Instant slotEnd_{};  // when its slot is swept, if linked
};

/// Deadlines of many connections in constant time each: a ring of lists, one a quarter of a second. A deadline that
/// moves further away costs nothing until its old slot is swept. Fires late by at most one slot, never early. One
/// thread; the wheel outlives its members or is cleared by their end.
class DeadlineWheel {
public:
    static constexpr Duration kSlot = 250ms;

    explicit DeadlineWheel(Instant start);
    DeadlineWheel(const DeadlineWheel&) = delete;
    DeadlineWheel& operator=(const DeadlineWheel&) = delete;
    ~DeadlineWheel();

    /// Sets or moves the deadline of `timed`.
    void set(Timed& timed, Instant deadline);
    void clear(Timed& timed) { timed.deadline_.reset(); }

    /// Calls onDeadline of all that are due.
    void sweep(Instant now);
    /// When to sweep next; absent if nothing has a place in the ring.
    std::optional<Instant> next() const;

private:
    static constexpr std::size_t kSlots = 512;
    struct Head final : Timed {
        void onDeadline() override {}
    };

    std::size_t tickOf(Instant at) const { return static_cast<std::size_t>((at - start_) / kSlot); }
    void link(Timed& timed);
    void sweepSlot(Timed& head, Instant now);

    const Instant start_;
    std::size_t tick_ = 0;  // all slots before it are swept
    std::array<Head, kSlots> heads_;
};

}  // namespace stepd::http
