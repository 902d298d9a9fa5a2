#include "pipeline/pipeline_graph.h"

#include <algorithm>

#include "base/text.h"
#include "pipeline/needs_graph.h"

namespace stepd::pipeline {
namespace {

using Indices = std::vector<std::size_t>;

struct UsesName {
    const Step& step;
    std::string operator()(const std::monostate&) const {
        return step.stepType.empty() ? step.plugin : step.plugin + "/" + step.stepType;
    }
    std::string operator()(const SleepStep&) const { return "core/sleep"; }
    std::string operator()(const WaitForEventStep& wait) const { return "core/wait_for_event " + wait.match.event; }
    std::string operator()(const SendEventStep&) const { return "core/send_event"; }
    std::string operator()(const InvokeStep& invoke) const { return "core/invoke " + invoke.pipeline; }
    std::string operator()(const FailStep&) const { return "core/fail"; }
};

std::string workOf(const Step& step) {
    std::string work = step.isGroup ? "" : std::visit(UsesName{step}, step.builtIn);
    if (step.foreach) work += (work.empty() ? "foreach " : "\nforeach ") + step.foreach->items.source();
    return work;
}

/// Of one list of the file, in topological order.
Indices listOf(const Pipeline& pipeline, Phase phase, std::optional<std::size_t> group) {
    Indices list;
    for (const std::size_t index : topologicalOrder(needsOf(pipeline.steps)))
        if (pipeline.steps[index].phase == phase && pipeline.steps[index].group == group) list.push_back(index);
    return list;
}

bool contains(const Indices& indices, std::size_t index) {
    return std::find(indices.begin(), indices.end(), index) != indices.end();
}

std::string needsText(const Pipeline& pipeline, const Step& step) {
    std::string out;
    if (step.any) out = (step.any->race ? "first " : "any ") + std::to_string(step.any->count) + " of ";
    for (std::size_t i = 0; i < step.needs.size(); ++i)
        out += (i == 0 ? "" : ", ") + pipeline.steps[step.needs[i]].id +
               (contains(step.requireSuccess, step.needs[i]) ? " (success)" : "");
    return out;
}

class TextPicture {
public:
    explicit TextPicture(const Pipeline& pipeline) : pipeline_(pipeline) {}

    std::string draw() {
        drawList(Phase::Main, std::nullopt, 0);
        for (const auto& [phase, title] : {std::pair(Phase::OnFailure, "on_failure:"), {Phase::Finally, "finally:"}}) {
            if (listOf(pipeline_, phase, std::nullopt).empty()) continue;
            out_ += std::string(title) + "\n";
            drawList(phase, std::nullopt, 2);
        }
        return std::move(out_);
    }

private:
    void drawList(Phase phase, std::optional<std::size_t> group, std::size_t indent) {
        const Indices list = listOf(pipeline_, phase, group);
        std::size_t width = 0;
        for (const std::size_t index : list) width = std::max(width, pipeline_.steps[index].id.size());
        for (const std::size_t index : list) {
            drawStep(pipeline_.steps[index], indent, width);
            if (pipeline_.steps[index].isGroup) drawList(phase, index, indent + 2);
        }
    }

    void drawStep(const Step& step, std::size_t indent, std::size_t width) {
        out_.append(indent, ' ');
        out_ += step.id;
        if (!step.needs.empty()) {
            out_.append(width - step.id.size(), ' ');
            out_ += "  <- " + needsText(pipeline_, step);
        }
        if (step.foreach) out_ += "  foreach " + step.foreach->items.source() + " as " + step.foreach->as;
        if (step.condition) out_ += "  if " + step.condition->source();
        out_ += '\n';
    }

    const Pipeline& pipeline_;
    std::string out_;
};

class DotPicture {
public:
    explicit DotPicture(const Pipeline& pipeline) : pipeline_(pipeline) {}

    std::string draw() {
        out_ = "digraph " + jsonString(pipeline_.id) + " {\n    rankdir=LR;\n    node [shape=box];\n";
        drawList(Phase::Main, std::nullopt);
        drawCluster("on_failure", Phase::OnFailure);
        drawCluster("finally", Phase::Finally);
        for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) drawEdges(pipeline_.steps[i]);
        return out_ + "}\n";
    }

private:
    void drawCluster(const std::string& name, Phase phase) {
        if (listOf(pipeline_, phase, std::nullopt).empty()) return;
        open(name);
        out_ += "    label=" + jsonString(name) + ";\n";
        drawList(phase, std::nullopt);
        out_ += "    }\n";
    }

    void drawList(Phase phase, std::optional<std::size_t> group) {
        for (std::size_t i = 0; i < pipeline_.steps.size(); ++i) {
            const Step& step = pipeline_.steps[i];
            if (step.phase != phase || step.group != group) continue;
            if (step.isGroup) open(step.id);
            out_ += "    " + jsonString(step.id) + " [label=" + jsonString(step.id + "\n" + workOf(step)) +
                    (step.condition ? ", style=dashed" : "") + "];\n";
            if (!step.isGroup) continue;
            drawList(phase, i);
            out_ += "    }\n";
        }
    }

    void drawEdges(const Step& step) {
        for (const std::size_t need : step.needs)
            out_ += "    " + jsonString(pipeline_.steps[need].id) + " -> " + jsonString(step.id) + ";\n";
        if (step.group && step.needs.empty())
            out_ += "    " + jsonString(pipeline_.steps[*step.group].id) + " -> " + jsonString(step.id) +
                    " [style=dotted];\n";
    }

    void open(const std::string& name) { out_ += "    subgraph " + jsonString("cluster_" + name) + " {\n"; }

    const Pipeline& pipeline_;
    std::string out_;
};

}  // namespace

std::string toDot(const Pipeline& pipeline) {
    return DotPicture(pipeline).draw();
}

std::string toText(const Pipeline& pipeline) {
    return TextPicture(pipeline).draw();
}

}  // namespace stepd::pipeline
