#pragma once

#include <cstdint>
#include <random>

namespace stepd {

/// Where chance comes from; injected, so that a seed replays a whole simulation. One thread at a time.
class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    /// Uniform in [0, 1).
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

/// Reproducible from its seed. Not for secrets: those come from Poco::Crypto or getrandom.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

}  // namespace stepd
