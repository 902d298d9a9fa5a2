#pragma once

#include <chrono>

namespace stepd {

/// Whether to look a little longer before sleeping: to be woken costs a thread more than the whole wait where answers
/// come within microseconds. It looks only as long as its waits are short, so an idle thread sleeps at once. Of one
/// thread.
class ShortWait {
public:
    /// `ready` looks once, without blocking; true: there is something. False: it is time to sleep; `slept` follows.
    template <typename Ready>
    bool spin(Ready&& ready) {
        begun_ = Clock::now();
        if (!short_) return false;
        do {
            if (ready()) return true;
        } while (Clock::now() - begun_ < kLonger);
        return false;
    }
    void slept() { short_ = Clock::now() - begun_ < kShort; }

private:
    using Clock = std::chrono::steady_clock;
    // What waking costs on a virtual machine, and half of it.
    static constexpr std::chrono::microseconds kShort{60};
    static constexpr std::chrono::microseconds kLonger{30};
    Clock::time_point begun_{};
    bool short_ = false;
};

}  // namespace stepd
