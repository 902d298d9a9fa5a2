#pragma once

#include <sys/types.h>

#include <string>

namespace stepd::bench {

/// Samples a process with perf(1) between `begin` and `end`. One thread at a time.
class Profiler {
public:
    /// `file` takes the samples.
    explicit Profiler(std::string file) : file_(std::move(file)) {}
    ~Profiler() { end(); }

    /// All threads of `pid`. Without perf on the machine nothing is sampled.
    void begin(pid_t pid);
    void end();
    /// The `count` most expensive functions of the last samples, a line each; empty without samples.
    std::string hottest(int count) const;

private:
    const std::string file_;
    pid_t perf_ = 0;
};

}  // namespace stepd::bench
