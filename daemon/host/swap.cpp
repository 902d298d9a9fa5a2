#include "host/swap.h"

namespace stepd::host {

const char* toString(Swap::Kind kind) {
    switch (kind) {
        case Swap::Kind::Unchanged: return "unchanged";
        case Swap::Kind::Replaced: return "replaced";
        case Swap::Kind::Loaded: return "loaded";
        case Swap::Kind::Kept: return "kept";
        case Swap::Kind::Broken: break;
    }
    return "broken";
}

}  // namespace stepd::host
