#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "rehearsal/case_runner.h"
#include "rehearsal/test_file_reader.h"
#include "support/scratch_folder.h"

namespace stepd::test {

/// Test files and pipelines in a folder of their own.
class RehearsalFixture {
public:
    /// `version`, `id: NAME`, a trigger for the event `go` and a step's defaults stand there already.
    void pipeline(const std::string& name, const std::string& rest) {
        folder_.write(name + ".yaml", "version: 1\nid: " + name +
                                          "\non: [{event: go}]\n"
                                          "defaults: {retry: {attempts: 3, backoff: constant, initial: 10s}}\n" +
                                          rest);
    }
    rehearsal::TestFile read(const std::string& text, const std::string& name = "shop.test.yaml") {
        return rehearsal::readTestFile(folder_.write(name, text),
                                       [](const std::string&) { return pipeline::LoadContext{}; });
    }
    /// The only case of a file without findings.
    rehearsal::CaseReport run(const std::string& caseText) {
        const auto file = read("cases:\n  - name: one\n" + caseText);
        CPPUNIT_ASSERT_EQUAL(std::string(), textOf(file.findings));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), file.cases.size());
        return rehearsal::runCase(file, file.cases[0]);
    }
    /// Findings without the folder, one a line.
    std::string textOf(const Diagnostics& findings) const {
        std::string text;
        for (const Diagnostic& finding : findings) text += finding.text() + "\n";
        for (auto at = text.find(folder_.path() + "/"); at != std::string::npos; at = text.find(folder_.path() + "/"))
            text.erase(at, folder_.path().size() + 1);
        return text;
    }

private:
    ScratchFolder folder_;
};

inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

}  // namespace stepd::test
