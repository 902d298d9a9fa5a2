#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "rehearsal/test_file.h"
#include "store/readers.h"

namespace stepd::rehearsal {

/// Looks up the answer to each call. A list is used up one answer a try of a step. A call that repeats a try whose
/// result was never recorded, because the daemon died, gets the same answer again: so a case ends in the same way
/// wherever it is stopped. One thread; borrows all it is given.
class ScriptBook {
public:
    ScriptBook(const TestCase& one, store::Readers& readers) : case_(one), readers_(readers) {}

    /// A step takes no longer than its timeout: then the answer is what the host makes of it. A call that is not
    /// scripted fails for good and is noted.
    ScriptedAnswer answer(const host::StepCall& call);
    /// One sentence for each step whose calls were not all scripted.
    std::vector<std::string> unscripted() const;

private:
    const std::pair<const std::string, Script>* find(const host::StepCall& call) const;
    std::size_t place(const Script& script, const host::StepCall& call);
    ScriptedAnswer unscripted(const host::StepCall& call, std::size_t answers);

    const TestCase& case_;
    store::Readers& readers_;
    std::map<const Script*, std::size_t> used_;
    std::map<std::tuple<std::string, std::string, std::int32_t>, std::size_t> places_;  // (run, step, try)
    std::map<std::string, std::string> unscripted_;                                     // by step
};

}  // namespace stepd::rehearsal
