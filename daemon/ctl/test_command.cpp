#include <fnmatch.h>

#include <iostream>

#include "base/system_clock.h"
#include "base/units.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/load_context.h"
#include "ctl/terminal.h"
#include "rehearsal/case_runner.h"
#include "rehearsal/test_file_reader.h"

namespace stepd::ctl {
namespace {

using rehearsal::CaseReport;

std::string inMillis(Duration duration) {
    return toText(std::chrono::round<std::chrono::milliseconds>(duration));
}

std::string inReal(Duration took) {
    return took < 1ms ? toText(std::chrono::round<std::chrono::microseconds>(took)) : inMillis(took);
}

/// `ok NAME (3 runs, 12s of virtual time) in 2ms`.
void show(const CaseReport& report, const rehearsal::TestFile& file, int line, Duration took) {
    const std::string counts = std::to_string(report.runs) + (report.runs == 1 ? " run, " : " runs, ") +
                               inMillis(report.took) + " of virtual time" +
                               (report.crashes == 0 ? "" : ", " + std::to_string(report.crashes) + " crashes");
    if (report.passed()) {
        std::cout << painted("ok", Colour::Good) << "     " << report.name << " (" << painted(counts, Colour::Faint)
                  << ") in " << inReal(took) << "\n";
        return;
    }
    std::cout << painted("FAILED", Colour::Bad) << " " << report.name << " (" << counts << ") at " << file.path << ":"
              << line << "\n";
    for (const std::string& difference : report.differences) std::cout << "       " << difference << "\n";
}

/// All that was done, for people or as JSON.
class Session {
public:
    Session(const Common& common, const TestOptions& options) : common_(common), options_(options) {}

    void play(const std::string& path) {
        const auto file =
            rehearsal::readTestFile(path, [](const std::string& pipeline) { return contextFor(pipeline); });
        findings_.insert(findings_.end(), file.findings.begin(), file.findings.end());
        if (!common_.json) print(file.findings, false);
        if (hasErrors(file.findings)) {
            ++unreadable_;
            return;
        }
        const engine::EngineOptions options{.limiters = limitersFor(path)};
        for (const rehearsal::TestCase& one : file.cases) {
            if (!chosen(one.name)) continue;
            const Instant began = clock_.instant();
            const CaseReport report = rehearsal::runCase(file, one, options);
            add(report, file, one.line, clock_.instant() - began);
        }
    }

    int finish() const {
        if (common_.json) {
            std::cout << Json{{"cases", cases_},
                              {"findings", toJson(findings_)},
                              {"passed", passed_},
                              {"failed", failed_}}
                             .dump(2)
                      << '\n';
        } else if (!common_.quiet && passed_ + failed_ != 0) {
            std::cout << passed_ << " passed, " << failed_ << " failed\n";
        }
        if (failed_ + unreadable_ != 0) return 1;
        if (passed_ != 0) return 0;
        std::cerr << "stepctl: no case is named like `" << options_.cases << "`\n";
        return 2;
    }

private:
    bool chosen(const std::string& name) const {
        return name.find(options_.cases) != std::string::npos ||
               ::fnmatch(options_.cases.c_str(), name.c_str(), 0) == 0;
    }

    void add(const CaseReport& report, const rehearsal::TestFile& file, int line, Duration took) {
        ++(report.passed() ? passed_ : failed_);
        if (!common_.json && (!common_.quiet || !report.passed())) show(report, file, line, took);
        cases_.push_back({{"file", file.path},
                          {"line", line},
                          {"name", report.name},
                          {"passed", report.passed()},
                          {"runs", report.runs},
                          {"virtual_ms", std::chrono::round<std::chrono::milliseconds>(report.took).count()},
                          {"took_ms", std::chrono::round<std::chrono::milliseconds>(took).count()},
                          {"crashes", report.crashes},
                          {"differences", report.differences}});
    }

    const Common& common_;
    const TestOptions& options_;
    const SystemClock clock_;
    Json cases_ = Json::array();
    Diagnostics findings_;
    int passed_ = 0;
    int failed_ = 0;
    int unreadable_ = 0;
};

}  // namespace

int test(const Common& common, const TestOptions& options) {
    Session session(common, options);
    for (const std::string& file : options.files) session.play(file);
    return session.finish();
}

}  // namespace stepd::ctl
