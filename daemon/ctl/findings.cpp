#include "ctl/findings.h"

#include <iostream>

#include "ctl/run_picture.h"

namespace stepd::ctl {

Json toJson(const Diagnostics& findings) {
    Json list = Json::array();
    for (const Diagnostic& finding : findings)
        list.push_back({{"severity", finding.severity == Severity::Error ? "error" : "warning"},
                        {"file", finding.file},
                        {"line", finding.line},
                        {"column", finding.column},
                        {"path", finding.path},
                        {"message", finding.message},
                        {"hint", finding.hint}});
    return list;
}

Diagnostics findingsOf(const Json& list) {
    Diagnostics findings;
    for (const Json& item : list) {
        Diagnostic finding;
        finding.severity = textOf(item, "severity") == "error" ? Severity::Error : Severity::Warning;
        finding.file = textOf(item, "file");
        finding.line = item.value("line", 0);
        finding.column = item.value("column", 0);
        finding.path = textOf(item, "path");
        finding.message = textOf(item, "message");
        finding.hint = textOf(item, "hint");
        findings.push_back(std::move(finding));
    }
    return findings;
}

void print(const Diagnostics& findings, bool json) {
    if (json) {
        std::cout << toJson(findings).dump(2) << '\n';
        return;
    }
    for (const Diagnostic& finding : findings) std::cout << finding.text() << '\n';
}

}  // namespace stepd::ctl
