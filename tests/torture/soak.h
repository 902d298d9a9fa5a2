#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "torture/connection.h"
#include "torture/load.h"
#include "torture/process_sample.h"
#include "torture/setup.h"

namespace stepd::torture {

struct SoakOptions {
    double minutes = 10;
    double rate = 0;  ///< events a second; 0: half of what it can carry, found out at the start
    std::uint64_t seed = 1;
    std::chrono::seconds patience{180};  ///< for the end, as long as nothing moves
};

/// The real daemon at a steady load for long, sampled each second, and a verdict on what must not grow with time: its
/// memory, that of its workers, descriptors, threads, the write-ahead log, the runs in flight, and the database's
/// bytes for each event. One thread.
class Soak {
public:
    explicit Soak(SoakOptions options);
    /// Prints the samples and the verdict. True if nothing grows.
    bool run();

private:
    double findCapacity();
    double openRuns();
    void work(std::chrono::steady_clock::duration time, double mostOpenRuns);
    bool settle();
    void print() const;
    bool verdict() const;

    const SoakOptions options_;
    test::TemporaryDirectory directory_;
    test::DaemonProcess daemon_;
    Load load_;
    Connection probe_;
    std::vector<ProcessSample> samples_;
};

}  // namespace stepd::torture
