#include "yaml/report.h"

#include <algorithm>
#include <tuple>

namespace stepd::yaml {

Diagnostics Report::sorted() const {
    Diagnostics out = findings_;
    std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return out;
}

}  // namespace stepd::yaml
