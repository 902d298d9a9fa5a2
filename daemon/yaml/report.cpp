#include "yaml/report.h"

#include <algorithm>
#include <tuple>

namespace stepd::yaml {

bool Report::hasFinding(Mark mark, const std::string& message) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const Diagnostic& finding) {
        return finding.file == file_ && finding.line == mark.line && finding.column == mark.column &&
               finding.message == message;
    });
}

Diagnostics Report::sorted() const {
    Diagnostics out = findings_;
    std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return out;
}

}  // namespace stepd::yaml
