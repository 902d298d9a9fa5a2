#pragma once

#include <cstdint>
#include <string>

namespace stepd::store {

/// Space set aside on the disk of the database, so that what is under way can be recorded when the disk is full
/// (hardening R6). One thread at a time.
class Reserve {
public:
    virtual ~Reserve() = default;
    /// Sets the space aside if it is not. False: there is not enough, or only just; the disk still counts as full.
    /// Throws Error{StoreIo}.
    virtual bool fill() = 0;
    /// Gives the space up; whoever writes next may have it. False if there was none. Throws Error{StoreIo}.
    virtual bool release() = 0;
    virtual bool held() const = 0;
};

/// A file of so many bytes, with its blocks. Whole or empty, so that the next process knows.
class ReserveFile final : public Reserve {
public:
    /// Touches nothing yet.
    ReserveFile(std::string path, std::int64_t bytes);

    /// Wants as much again beside it: else the first events would find the disk full once more.
    bool fill() override;
    bool release() override;
    bool held() const override { return held_; }

private:
    const std::string path_;
    const std::int64_t bytes_;
    bool held_ = false;
};

}  // namespace stepd::store
