#pragma once

#include <stdexcept>
#include <string>

namespace stepd {

enum class ErrorCode {
    InvalidArgument,  ///< a caller broke a documented rule
    Configuration,    ///< a person must change a file
    StoreBusy,        ///< the database is held by another process
    StoreFull,        ///< no space: the caller may try again later
    StoreIo,          ///< the disk failed: the process must stop
    StoreCorrupt,     ///< the database is not what we wrote
    StoreTooNew,      ///< the database was written by a newer stepd
    Unavailable,      ///< a part is not there now
    System,           ///< a system call failed for a reason we do not handle
};

/// Short stable word of a code, for logs: `store_io`.
const char* toString(ErrorCode code);

/// An operation that cannot go on. `what()` is one sentence with the facts: path, id, number.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
    ErrorCode code() const { return code_; }

private:
    ErrorCode code_;
};

/// Throws Error{System} with `doing`, the text of `errnoValue` and its number.
[[noreturn]] void throwErrno(int errnoValue, const std::string& doing);

}  // namespace stepd
