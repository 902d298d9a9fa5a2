#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "rehearsal/case_runner.h"
#include "rehearsal/test_file_reader.h"
#include "support/scratch_folder.h"

namespace stepd::test {

/// Pipelines and a case as people write them, played through the whole engine: by itself, with every run that waits
/// put into the store at once, with none put there, and with room for two runs in memory; and each of these again for
/// every commit, with the process dying before and after it. All must come to the end that the case expects.
class Story {
public:
    /// `rest` is the file without `version` and `id`; steps are tried once unless it says otherwise.
    void pipeline(const std::string& name, const std::string& rest) {
        const bool defaults = rest.find("\ndefaults:") != std::string::npos;
        folder_.write(name + ".yaml",
                      "version: 1\nid: " + name + "\n" + (defaults ? "" : "defaults: {retry: never}\n") + rest);
        files_ += (files_.empty() ? "" : ", ") + name + ".yaml";
    }

    void plays(const std::string& caseText) const {
        const auto file = rehearsal::readTestFile(
            folder_.write("story.test.yaml",
                          "pipelines: [" + files_ + "]\ncases:\n  - name: story\n    crash_matrix: true\n" + caseText),
            [](const std::string&) { return pipeline::LoadContext{}; });
        for (const Diagnostic& finding : file.findings) CPPUNIT_FAIL(finding.text());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), file.cases.size());
        struct Way {
            const char* name;
            engine::EngineOptions options;
        };
        for (const Way& way : {Way{"as it is", {}}, Way{"parked at once", {.parkAfter = 0s}},
                               Way{"never parked", {.parkAfter = 24h * 1000}},
                               Way{"two in memory", {.maxActiveRuns = 2, .parkAfter = 0s}}}) {
            const auto report = rehearsal::runCase(file, file.cases[0], way.options);
            std::string lines;
            for (const std::string& line : report.differences) lines += "\n" + line;
            CPPUNIT_ASSERT_MESSAGE(way.name + (":" + lines), report.passed());
            CPPUNIT_ASSERT_MESSAGE("no commit was tried", report.crashes >= 2);
        }
    }

private:
    ScratchFolder folder_;
    std::string files_;
};

}  // namespace stepd::test
