#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cel/value.h"
#include "engine/active_run.h"
#include "pipeline/pipeline.h"

namespace stepd::engine {

/// What a record stands for: the work itself, or what holds the records that do it.
enum class Part {
    Work,     ///< a plugin or a built-in step
    Foreach,  ///< its children are the items
    Group,    ///< one item of a foreach over a group: its children are the group's steps
};

/// A step of the pipeline, and what the driver wants to know of it at every turn.
struct PlannedStep {
    const pipeline::Step* step = nullptr;
    std::string kind;                     ///< of the record that does its work
    std::vector<std::size_t> inner;       ///< the steps of the group
    bool nested = false;                  ///< one of them is a foreach itself
    std::vector<std::size_t> dependents;  ///< those that need it
    std::size_t place = kNoStep;          ///< in ActiveRun::steps; only of main steps outside of groups
    std::size_t position = 0;             ///< among the steps of its group or phase
    bool conditionPerItem = false;        ///< `if` speaks of the item, so each one is asked
    StepRules rules;                      ///< of its work
    StepRules holderRules;                ///< of its foreach and groups
};

/// A pipeline as the driver walks it. `plan` is a place in Pipeline::steps; the record of a foreach, of its items and
/// of their groups have the plan of the same step. Immutable; borrows nothing.
class Graph {
public:
    Graph(pipeline::PipelinePtr pipeline, std::string secretMark);
    Graph(const Graph&) = delete;

    const pipeline::Pipeline& pipeline() const { return *pipeline_; }
    const cel::Value& vars() const { return vars_; }
    std::string_view secretMark() const { return secretMark_; }

    const PlannedStep& operator[](std::size_t plan) const { return steps_[plan]; }
    const PlannedStep& of(const ActiveStep& record) const { return steps_[record.plan]; }
    /// The steps of a phase outside of groups.
    const std::vector<std::size_t>& top(pipeline::Phase phase) const { return top_[static_cast<std::size_t>(phase)]; }

    /// The records that a run begins with: the main steps outside of groups.
    const std::vector<StepPlan>& first() const { return first_; }

    Part partOf(const ActiveRun& run, std::size_t place) const;
    /// True of the records that stand for one item of a foreach.
    bool isItem(const ActiveRun& run, std::size_t place) const;
    StepFamily& family(const ActiveRun& run, std::size_t parent) const;
    /// Where the record of `plan` is, of those whose parent is the group `parent`, or kNoStep; kNoStep: it has none.
    std::size_t place(const ActiveRun& run, std::size_t parent, std::size_t plan) const;
    /// The record that the expressions of the step at `from` mean by `steps.ID`: of its own group, else of those
    /// around it. kNoStep: there is none.
    std::size_t named(const ActiveRun& run, std::size_t from, std::string_view id) const;
    /// The record for a step as it joins, below `parent` or outside of all.
    StepPlan record(const ActiveRun& run, std::size_t parent, std::size_t plan) const;
    /// The record for an item of the foreach at `parent`.
    StepPlan itemRecord(const ActiveRun& run, std::size_t parent, std::size_t item) const;

private:
    /// `validate`, or `pages.fetch` for a step of a group.
    std::string pathOf(const pipeline::Step& step) const;

    const pipeline::PipelinePtr pipeline_;
    const std::string secretMark_;
    const cel::Value vars_;
    std::vector<PlannedStep> steps_;
    std::vector<std::size_t> top_[3];
    std::vector<StepPlan> first_;
};

}  // namespace stepd::engine
