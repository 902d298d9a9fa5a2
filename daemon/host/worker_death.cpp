// How a worker ends, and how its calls do then.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "host/crash_report.h"
#include "host/result_check.h"
#include "host/worker.h"

namespace stepd::host {
namespace {

bool contains(const std::vector<std::uint64_t>& tokens, std::uint64_t token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

}  // namespace

/// Which call is to blame: the one on the thread that was hit or, if that is not known, all that ran; a worker that
/// will not tell has all of them on its conscience.
bool Worker::blamed(const Actives::value_type& entry, const Death& death) const {
    const auto& [token, active] = entry;
    if (active.stage == Stage::Killing || (active.stage == Stage::Asked && death.cause == DeathCause::Killed))
        return false;
    if (death.cause == DeathCause::Killed) return false;
    // It may write there what it likes: what names none of its calls clears nobody.
    const auto has = [this](std::uint64_t running) { return jobs_.contains(running); };
    if (std::none_of(death.running.begin(), death.running.end(), has)) return true;
    if (death.crash && contains(death.running, death.crash->token)) return token == death.crash->token;
    return contains(death.running, token);
}

StepResult Worker::resultAfterDeath(const Actives::value_type& entry, const Death& death) const {
    const auto& [token, active] = entry;
    if (blamed(entry, death)) {
        if (!active.denied.empty()) return deniedResult(active.denied, quotedForLog(death.sentence));
        if (death.cause == DeathCause::Denied)
            return deniedResult("made a system call that its sandbox refuses, in a thread that blocks SIGSYS",
                                quotedForLog(death.sentence));
        auto result = crashResult({.death = death,
                                   .spec = shared_.spec,
                                   .buildId = buildId_,
                                   .input = active.job.call.input,
                                   .log = tail_.of(token)});
        for (auto* text : {&result.error.message, &result.error.details}) shared_.secrets.scrub(*text);
        return result;
    }
    const bool told =
        active.stage == Stage::Killing || (active.stage == Stage::Asked && death.cause == DeathCause::Killed);
    if (told && active.verdict) return *active.verdict;
    if (told && active.reason == CancelReason::Timeout)
        return timedOut(active.timeout, "killed", " and did not stop when told to: its worker was killed");
    if (told)
        return failure(OutcomeClass::Cancelled, "killed", "the step did not stop when told to: its worker was killed");
    if (death.cause == DeathCause::Killed)
        return failure(OutcomeClass::Lost, "worker_lost", "another call in the same worker had to be killed");
    return failure(OutcomeClass::Lost, "worker_lost", "another call in the same worker made it crash");
}

void Worker::fall(const Death& death) {
    loaded_ = false;
    if (!std::exchange(fallen_, true)) shared_.owner.workerFell(*this, death);
}

void Worker::linkDied(const Death& death) {
    fetches_->close();
    for (auto token = death.unsent.rbegin(); token != death.unsent.rend(); ++token) {  // to the front, the last first
        const auto at = jobs_.find(*token);
        // One that was told to stop is not begun anew.
        if (at == jobs_.end() || at->second.stage != Stage::Running) continue;
        for (const auto& timer : {at->second.timer, at->second.look}) shared_.loop.cancel(timer);
        Job job = std::move(at->second.job);
        jobs_.erase(at);
        shared_.owner.workerReturned(std::move(job));
    }
    if (jobs_.size() == 1) untold_.cpuNs = std::max<std::int64_t>(0, death.cpuNs - cpuTold_);
    std::vector<std::uint64_t> innocent;
    for (const auto& entry : jobs_) {
        for (const auto& timer : {entry.second.timer, entry.second.look}) shared_.loop.cancel(timer);
        if (!blamed(entry, death)) innocent.push_back(entry.first);
    }
    for (const auto token : innocent) end(jobs_.find(token), resultAfterDeath(*jobs_.find(token), death), untold_);
    // Whoever waits for the plugin to load waits for the reason why it does not.
    if (death.loaded) fall(death);
    if (!death.crash || (death.loaded && jobs_.empty())) return endBlamed(death);
    CrashTrace trace = *death.crash;
    for (auto& frame : trace.frames)  // the worker knows it as a descriptor
        if (frame.plugin) frame.module = std::filesystem::path(shared_.spec.library).filename().string();
    symbolizer_ = std::make_unique<Symbolizer>(shared_.loop, shared_.options.workerProgram, library_, std::move(trace),
                                               [this, copy = Death(death)](CrashTrace named) mutable {
                                                   copy.crash = std::move(named);
                                                   endBlamed(copy);
                                               });
}

void Worker::endBlamed(const Death& death) {
    while (!jobs_.empty()) end(jobs_.begin(), resultAfterDeath(*jobs_.begin(), death), untold_);
    Death told = death;
    if (!death.loaded) {
        told.sentence += placeText(death);
        if (!deniedLoading_.empty()) told.sentence += "; while it loaded the plugin it " + deniedLoading_;
    }
    fall(told);
    shared_.owner.workerDied(*this, told);
}

}  // namespace stepd::host
