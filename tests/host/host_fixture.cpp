#include "host/host_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace stepd::test {

FakeServices::~FakeServices() {
    for (auto& thread : threads_) thread.join();
}

void FakeServices::fetch(host::FetchId id, FetchRequest request, FetchDone done) {
    Held held{id, request, std::move(done)};
    bool hold = false;
    events.change([&] {
        requests.push_back(std::move(request));
        mostAtOnce = std::max(mostAtOnce, ++atOnce);
        hold = holding_;
        if (hold) held_.push_back(std::move(held));
    });
    if (!hold) answer(std::move(held), FetchFailure::None);
}

void FakeServices::answer(Held held, FetchFailure failure) {
    events.change([&] { --atOnce; });
    FetchResponse response;
    response.failure = failure;
    if (failure == FetchFailure::None) {
        response.status = 200;
        response.finalUrl = held.request.url;
        response.headers = {{"content-type", "text/plain"}};
        response.body = held.request.url;
        response.redirects = {"http://first.test/"};
    }
    // From another thread, as the connector does.
    threads_.emplace_back(
        [done = std::move(held.done), response = std::move(response)]() mutable { done(std::move(response)); });
}

void FakeServices::cancelFetch(host::FetchId id) {
    std::optional<Held> found;
    events.change([&] {
        ++cancelled;
        const auto at = std::find_if(held_.begin(), held_.end(), [&](const Held& held) { return held.id == id; });
        if (at == held_.end()) return;
        found = std::move(*at);
        held_.erase(at);
    });
    if (found) answer(std::move(*found), FetchFailure::Cancelled);
}

void FakeServices::hold() {
    events.change([&] { holding_ = true; });
}

void FakeServices::release() {
    Held oldest;
    events.wait("a held fetch", [&] { return !held_.empty(); });
    events.change([&] {
        oldest = std::move(held_.front());
        held_.pop_front();
    });
    answer(std::move(oldest), FetchFailure::None);
}

std::optional<Secret> FakeServices::secret(std::string_view name) {
    const auto found = secrets.find(name);
    return found == secrets.end() ? std::nullopt : std::optional(Secret(found->second));
}

void FakeServices::log(const host::PluginLog& line) {
    // A sanitizer's report on a worker would pass for chatter: workers end without the exit code that it would give.
    for (const char* report : {"ERROR: AddressSanitizer", "WARNING: ThreadSanitizer", "runtime error: "})
        if (line.text.find(report) != std::string::npos) {
            std::cerr << "in a worker: " << line.text << '\n';
            std::abort();
        }
    events.change([&] { logged.push_back(line); });
}

std::vector<host::PluginLog> FakeServices::lines() {
    std::vector<host::PluginLog> copy;
    events.change([&] { copy = logged; });
    return copy;
}

HostFixture::HostFixture(host::HostOptions options) : supervisor(std::move(options), services, clock) {
    supervisor.listen(
        {.finished =
             [this](std::vector<host::CallEnd> ended) {
                 events_.change([&] {
                     for (auto& [id, result] : ended) results_[id] = std::move(result);
                 });
             },
         .progressed = [this](host::CallId id, double,
                              std::string message) { events_.change([&] { progress_[id] = std::move(message); }); }});
    supervisor.onChange(
        [this](const host::PluginStatus& status) { events_.change([&] { statuses_[status.name] = status; }); });
    supervisor.start();
}

host::HostOptions HostFixture::options(Duration cancelGrace) {
    host::HostOptions options;
    options.workerProgram = STEPD_TEST_WORKER;
    options.cancelGrace = cancelGrace;
    options.termGrace = 200ms;
    options.respawnDelay = 1ms;
    options.loadTimeout = kPatience;
    options.healthTimeout = kPatience;
    options.healthMaxAge = 0s;
    return options;
}

host::PluginSpec HostFixture::spec(std::string name, const std::string& library) {
    host::PluginSpec spec;
    spec.name = std::move(name);
    spec.library = std::string(STEPD_TEST_PLUGINS) + "/" + library + ".so";
    spec.grant.net = {"*"};
    return spec;
}

std::vector<host::Swap> HostFixture::swap(std::vector<host::PluginSpec> specs) {
    std::optional<std::vector<host::Swap>> swaps;
    supervisor.usePlugins(std::move(specs),
                          [&](std::vector<host::Swap> all) { events_.change([&] { swaps = std::move(all); }); });
    events_.wait("the swap", [&] { return swaps.has_value(); });
    return std::move(*swaps);
}

void HostFixture::useLab(std::uint32_t workers, std::uint32_t threads) {
    auto lab = spec("lab", "lab");
    lab.workers = workers;
    lab.threads = threads;
    use({lab});
}

host::StepCall HostFixture::call(std::string step, std::string input, std::string with, std::string plugin) {
    host::StepCall call;
    call.plugin = std::move(plugin);
    call.step = std::move(step);
    call.config = std::move(with);
    call.input = std::move(input);
    call.timeout = kPatience;
    call.runId = "run-7";
    call.eventId = "event-8";
    call.stepId = "fetch-it";
    call.idempotencyKey = "key-9";
    return call;
}

host::CallId HostFixture::invoke(host::StepCall call) {
    call.id = host::CallId{++last_};
    const auto id = call.id;
    supervisor.invoke(std::move(call));
    return id;
}

std::vector<host::CallId> HostFixture::invokeAll(std::vector<host::StepCall> calls) {
    std::vector<host::CallId> ids;
    for (auto& call : calls) ids.push_back(call.id = host::CallId{++last_});
    supervisor.invokeAll(std::move(calls));
    return ids;
}

StepResult HostFixture::wait(host::CallId id) {
    events_.wait("a result", [&] { return results_.contains(id); });
    StepResult result;
    events_.change([&] { result = results_.at(id); });
    return result;
}

std::string HostFixture::waitProgress(host::CallId id) {
    events_.wait("progress", [&] { return progress_.contains(id) || results_.contains(id); });
    std::string message;
    events_.change([&] { message = progress_[id]; });
    return message;
}

host::PluginStatus HostFixture::waitState(const std::string& plugin, host::PluginState state) {
    events_.wait(toString(state), [&] { return statuses_.contains(plugin) && statuses_[plugin].state == state; });
    host::PluginStatus status;
    events_.change([&] { status = statuses_[plugin]; });
    return status;
}

void HostFixture::waitHealth(const std::string& plugin, host::HealthState state) {
    events_.wait(toString(state),
                 [&] { return statuses_.contains(plugin) && statuses_[plugin].health.state == state; });
}

host::PluginStatus HostFixture::waitSlots(const std::string& plugin, std::size_t slots) {
    events_.wait("slots", [&] { return statuses_.contains(plugin) && statuses_[plugin].slots == slots; });
    host::PluginStatus status;
    events_.change([&] { status = statuses_[plugin]; });
    return status;
}

std::string HostFixture::waitLog(const std::string& part) {
    std::string text;
    services.events.wait(part.c_str(), [&] {
        return std::any_of(services.logged.begin(), services.logged.end(), [&](const auto& line) {
            if (line.text.find(part) == std::string::npos) return false;
            text = line.text;
            return true;
        });
    });
    return text;
}

}  // namespace stepd::test
