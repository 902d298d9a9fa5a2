#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/daemon_process.h"

namespace stepd::torture {

struct SwapOptions {
    int swaps = 20;
    double rate = 500;                         ///< runs a second, whatever becomes of them
    std::chrono::milliseconds interval{1000};  ///< from one swap to the next
    std::chrono::seconds patience{180};        ///< for the end, as long as nothing moves
};

/// The real daemon at a fixed rate of runs while the library of their plugin is replaced again and again, by renaming
/// over it and `reload`, as an operator would. No attempt may fail. One thread, and one that sends.
class Swaps {
public:
    explicit Swaps(SwapOptions options) : options_(options), daemon_(directory_) {}
    /// Prints what it sees. True if nothing failed.
    bool run();

private:
    void install(const std::string& build) const;
    void swapAll();
    void swap(const std::string& build);
    void send(std::chrono::steady_clock::time_point end);
    void judge();
    void expect(const std::string& what, std::int64_t is, std::int64_t wanted);

    const SwapOptions options_;
    test::TemporaryDirectory directory_;
    test::DaemonProcess daemon_;
    std::int64_t sent_ = 0;
    std::vector<double> tookMs_;         ///< from the request to the answer, of each swap
    std::vector<std::string> findings_;  ///< of the swaps and the judge
    std::string sending_;                ///< finding of the one who sends
};

}  // namespace stepd::torture
