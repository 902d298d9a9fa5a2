#include "torture/checker.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "torture/jobs.h"

namespace stepd::torture {
namespace {

bool sameJson(const std::string& left, const std::string& right) {
    if (left.empty() || right.empty()) return left == right;
    return nlohmann::json::parse(left, nullptr, false) == nlohmann::json::parse(right, nullptr, false);
}

std::string named(const std::string& event, const std::string& externalId) {
    return "event " + event + (externalId.empty() ? "" : " " + externalId);
}

}  // namespace

void Checker::see(const Promise& promise) {
    Promised& known = promises_[{promise.event, promise.externalId}];
    if (!promise.id) return;
    findings_.require(!known.id || known.id == promise.id,
                      named(promise.event, promise.externalId) + " was acknowledged as two events");
    known.id = promise.id;
}

void Checker::see(Execution execution) {
    executions_[execution.run].push_back(std::move(execution));
}

void Checker::see(const Event& event) {
    ++tally_.events;
    const auto key = std::pair(event.name, event.externalId);
    const std::string who = named(event.name, event.externalId);
    if (!event.externalId.empty()) findings_.require(admitted_.insert(key).second, who + " was admitted twice");
    if (const auto promise = promises_.find(key); promise != promises_.end() && !event.externalId.empty()) {
        promise->second.found = true;
        findings_.require(!promise->second.id || promise->second.id == event.id,
                          who + " is there under another id than was acknowledged");
    }
    const std::int64_t job = jobOf(event.data);
    findings_.require(job > 0 && expectedEvents(job, event.name) > 0, who + " is there, and nobody sent it");
    if (job <= 0) return;
    jobOfEvent_[event.id] = job;
    ++jobs_[job].events[event.name];
}

void Checker::see(const Run& run, std::vector<StepRecord> steps, std::vector<AttemptRecord> attempts) {
    const auto event = jobOfEvent_.find(run.event);
    if (event == jobOfEvent_.end())
        findings_.add("run " + std::to_string(run.id.value) + " is for an event that is not there");
    else
        checkEnd(run, event->second);
    RunEvidence evidence{.run = run, .steps = std::move(steps), .attempts = std::move(attempts), .executions = {}};
    if (auto done = executions_.extract(run.id)) evidence.executions = std::move(done.mapped());
    checkRun(evidence, findings_, tally_);
    if (runLimit(run.pipeline) == 0 || !run.startedAt || !run.finishedAt) return;
    turns_[run.pipeline].emplace_back(*run.startedAt, 1);
    turns_[run.pipeline].emplace_back(*run.finishedAt, -1);
}

void Checker::checkEnd(const Run& run, std::int64_t job) {
    ++jobs_[job].runs[run.pipeline];
    const std::string who =
        "run " + std::to_string(run.id.value) + " of job " + std::to_string(job) + " (" + run.pipeline + ") ";
    if (!isTerminal(run.state)) return findings_.add(who + "has not ended: " + std::string(toString(run.state)));
    for (const ExpectedRun& expected : expectedRuns(job)) {
        if (expected.pipeline != run.pipeline) continue;
        findings_.require(run.state == expected.state,
                          who + "ended as " + std::string(toString(run.state)) + " " + run.error);
        findings_.require(sameJson(run.output, expected.output),
                          who + "has the result " + run.output + " where " + expected.output + " is right");
    }
}

void Checker::finish() {
    for (const auto& [key, promise] : promises_)
        findings_.require(promise.found, named(key.first, key.second) + " was acknowledged and is lost");
    for (const auto& [run, executions] : executions_)
        findings_.add("step " + executions.front().step + " was executed for run " + std::to_string(run.value) +
                      ", which is not there");
    checkJobs();
    checkLimits();
}

/// Each job has led to all that it must, and to nothing else.
void Checker::checkJobs() {
    for (const auto& [number, job] : jobs_) {
        const std::string who = "job " + std::to_string(number) + ": ";
        for (const auto& [name, count] : job.events)
            findings_.require(count <= expectedEvents(number, name),
                              who + "its event " + name + " is there " + std::to_string(count) + " times");
        std::map<std::string, int> runs = job.runs;
        for (const ExpectedRun& expected : expectedRuns(number)) {
            const auto found = runs.extract(expected.pipeline);
            const int count = found ? found.mapped() : 0;
            findings_.require(count == 1, who + std::to_string(count) + " runs of " + expected.pipeline);
        }
        for (const auto& [pipeline, count] : runs)
            findings_.add(who + "started " + pipeline + ", which nobody asked for");
    }
}

void Checker::checkLimits() {
    for (auto& [pipeline, turns] : turns_) {
        std::sort(turns.begin(), turns.end());
        int now = 0;
        int most = 0;
        for (const auto& [at, change] : turns) most = std::max(most, now += change);
        findings_.require(most <= runLimit(pipeline),
                          "pipeline " + pipeline + " had " + std::to_string(most) + " runs at once");
    }
}

}  // namespace stepd::torture
