#pragma once

#include <istream>
#include <string>
#include <vector>

#include "support/daemon_process.h"

namespace stepd::misbehaving {

/// One row of the tables in README.md: what a plugin does, and what becomes of the run that calls it. The name is that
/// of the plugin's declaration, of its step type, of the pipeline and of the event that starts it.
struct Case {
    std::string name;
    std::string library;                ///< file name; `./` is the directory of the test
    bool oneStep = false;               ///< the library is this case's own, with one step type
    std::vector<std::string> settings;  ///< YAML, of the plugin or of the step
    std::vector<std::string> ends;      ///< any of these: `CLASS`, `CLASS/CODE`
    std::vector<std::string> runs;      ///< any of these states of the run
    std::vector<std::string> says;      ///< all of these, in the step's error or output

    /// What in the run, as the API shows it, is not as the row says: one sentence; empty if all is.
    std::string objection(const test::Json& shown) const;
};

/// The tables of a section (`## NAME: LIBRARY.so`; `*` in it is the name of the case). A line `All with`
/// before a table gives settings for its rows. Throws std::runtime_error for what is no row.
std::vector<Case> readCases(std::istream& readme, const std::string& section);

}  // namespace stepd::misbehaving
