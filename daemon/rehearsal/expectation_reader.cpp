#include "rehearsal/expectation_reader.h"

#include "yaml/json.h"

namespace stepd::rehearsal {
namespace {

// Words that are their own meaning: a state is compared as it is shown.
const yaml::Choices<std::string> kRunStates = {
    {"queued", "queued"}, {"running", "running"},     {"waiting", "waiting"},        {"completed", "completed"},
    {"failed", "failed"}, {"cancelled", "cancelled"}, {"quarantined", "quarantined"}};
const yaml::Choices<std::string> kStepStates = {
    {"pending", "pending"}, {"running", "running"}, {"waiting", "waiting"},     {"completed", "completed"},
    {"failed", "failed"},   {"skipped", "skipped"}, {"cancelled", "cancelled"}, {kNotReached, kNotReached}};

void readState(yaml::Reader& fields, std::optional<std::string>& state, yaml::Choices<std::string> words) {
    std::string word;
    if (fields.read("state", word, words)) state = word;
}

void readJson(yaml::Reader& fields, const char* key, std::optional<std::string>& json) {
    if (const yaml::Entry* entry = fields.entry(key))
        json = yaml::toJson(*entry->value, fields.path(key), fields.report());
}

ExpectedStep readStep(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    ExpectedStep step;
    readState(fields, step.state, kStepStates);
    if (std::int32_t attempts = 0; fields.read("attempts", attempts, {.least = 0})) step.attempts = attempts;
    readJson(fields, "output", step.output);
    readJson(fields, "error", step.error);
    readJson(fields, "input", step.input);
    readJson(fields, "with", step.with);
    fields.finish();
    return step;
}

void readRun(yaml::Reader& fields, ExpectedRun& run) {
    fields.read("pipeline", run.pipeline);
    readState(fields, run.state, kRunStates);
    readJson(fields, "output", run.output);
    readJson(fields, "error", run.error);
    fields.read("starts_at", run.startsAt);
    fields.read("ends_at", run.endsAt);
    if (const yaml::Node* steps = fields.mapping("steps"))
        for (const yaml::Entry& entry : steps->entries)
            run.steps[entry.key] = readStep(*entry.value, fields.path("steps") + "." + entry.key, fields.report());
}

/// `runs: 3`, or a list of what is expected of each.
void readRuns(yaml::Reader& fields, Expectation& expect) {
    const yaml::Entry* entry = fields.entry("runs");
    if (entry == nullptr) return;
    const yaml::Node& node = *entry->value;
    if (node.kind == yaml::Kind::Sequence) {
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            yaml::Reader run(*node.items[i], yaml::itemPath(fields.path("runs"), i), fields.report());
            readRun(run, expect.each.emplace_back());
            run.finish();
        }
        expect.runs = node.items.size();
    } else if (const auto count = node.integer(); count && *count >= 0) {
        expect.runs = static_cast<std::size_t>(*count);
    } else {
        fields.error("runs", "`runs` must be how many there are, or a list of what is expected of each");
    }
}

}  // namespace

Expectation readExpectation(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    Expectation expect;
    readRun(fields, expect.first);
    readRuns(fields, expect);
    fields.read("waited", expect.waited);
    fields.read("events", expect.events);
    fields.read("exact", expect.exact);
    fields.finish();
    return expect;
}

}  // namespace stepd::rehearsal
