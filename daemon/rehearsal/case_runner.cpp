#include "rehearsal/case_runner.h"

#include "rehearsal/case_player.h"
#include "rehearsal/crash_matrix.h"
#include "rehearsal/expectation_check.h"

namespace stepd::rehearsal {

CaseReport runCase(const TestFile& file, const TestCase& one, const engine::EngineOptions& options) {
    const Observation seen = CasePlayer(file, one, options).play();
    CaseReport report{.name = one.name,
                      .runs = seen.runs.size(),
                      .took = seen.ended - seen.firstEvent,
                      .crashes = 0,
                      .differences = seen.problems};
    for (std::string& line : differencesOf(one, seen)) report.differences.push_back(std::move(line));
    // A case that fails already would say the same at every commit.
    if (!one.crashMatrix || !report.passed()) return report;
    MatrixResult matrix =
        playCrashMatrix(seen, [&](Crash crash) { return CasePlayer(file, one, options).play(crash); });
    report.crashes = matrix.crashes;
    report.differences = std::move(matrix.differences);
    return report;
}

}  // namespace stepd::rehearsal
