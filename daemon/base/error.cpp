#include "base/error.h"

#include <system_error>

namespace stepd {

const char* toString(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidArgument: return "invalid_argument";
        case ErrorCode::Configuration: return "configuration";
        case ErrorCode::StoreBusy: return "store_busy";
        case ErrorCode::StoreFull: return "store_full";
        case ErrorCode::StoreIo: return "store_io";
        case ErrorCode::StoreCorrupt: return "store_corrupt";
        case ErrorCode::StoreTooNew: return "store_too_new";
        case ErrorCode::Unavailable: return "unavailable";
        case ErrorCode::System: return "system";
    }
    return "unknown";
}

void throwErrno(int errnoValue, const std::string& doing) {
    throw Error(ErrorCode::System, doing + ": " + std::generic_category().message(errnoValue) + " (errno " +
                                       std::to_string(errnoValue) + ")");
}

}  // namespace stepd
