#pragma once

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/active_run.h"
#include "engine/graph_driver.h"
#include "engine/step_family.h"
#include "pipeline/pipeline.h"

namespace stepd::test {

cel::Program program(std::string_view source);
/// `${{ source }}`
pipeline::Template expression(std::string_view source);
pipeline::Template literal(std::string json);

/// A pipeline written down step by step; what follows a step speaks of that one.
class Draft {
public:
    Draft() { made_.id = "draft"; }

    Draft& step(const std::string& id, const std::vector<std::string>& needs = {});
    /// A step of the group: behind the group, which was a step before.
    Draft& in(const std::string& group, const std::string& id, const std::vector<std::string>& needs = {});
    Draft& onFailure(const std::string& id, const std::vector<std::string>& needs = {});
    Draft& finally(const std::string& id, const std::vector<std::string>& needs = {});

    Draft& when(std::string_view condition) { return last().condition = program(condition), *this; }
    Draft& goesOn() { return last().continueOnError = true, *this; }
    Draft& require(const std::string& need) { return last().requireSuccess.push_back(indexOf(need)), *this; }
    Draft& any(std::uint32_t count) { return last().any = pipeline::AnyOf{.count = count}, *this; }
    Draft& race(std::uint32_t count) { return last().any = pipeline::AnyOf{.count = count, .race = true}, *this; }
    Draft& forEach(std::string_view items, std::uint32_t maxParallel = 0);
    Draft& key(std::string_view source) { return last().foreach->key = program(source), *this; }
    Draft& collect() { return last().foreach->onItemFailure = pipeline::OnItemFailure::Collect, *this; }
    Draft& group() { return last().isGroup = true, last().plugin.clear(), *this; }
    Draft& input(std::string_view source) { return last().input = expression(source), *this; }
    Draft& builtIn(pipeline::BuiltIn what) { return last().builtIn = std::move(what), last().plugin.clear(), *this; }
    Draft& output(std::string_view source) { return made_.output = expression(source), *this; }

    pipeline::Step& last() { return made_.steps.back(); }
    pipeline::Pipeline& pipeline() { return made_; }

private:
    std::size_t indexOf(const std::string& id) const;

    pipeline::Pipeline made_;
};

/// A run that a driver drives and a test executes: makes the moves as the engine does, and tells them.
class DrivenRun {
public:
    explicit DrivenRun(Draft& draft, const std::string& data = "{}");

    /// Makes moves until there are none, and gives them as `start a, skip b (condition_false)`.
    std::string settle();
    /// The work of a step is over, then as settle.
    std::string complete(const std::string& name, const std::string& output = "{}");
    std::string fail(const std::string& name, const std::string& code = "broken");
    /// Somebody else ends the run.
    std::string ended(RunState as);
    /// As after a restart: only records that are more than Pending were stored.
    void reload();

    engine::ActiveStep& step(const std::string& name);
    std::size_t place(const std::string& name) const;
    /// `a completed, b running`, of all records.
    std::string states() const;

    engine::ActiveRun run;
    std::shared_ptr<const engine::GraphDriver> driver;
    std::size_t asked = 0;  ///< calls of Driver::next

private:
    void make(engine::Move& move);
    void add(engine::StepPlan plan);
    void move(std::size_t step, StepState to);

    std::string told_;
};

}  // namespace stepd::test
