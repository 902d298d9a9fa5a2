#include "backend_fixture.h"

#include <cppunit/TestAssert.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "http/target.h"
#include "pipeline/loader.h"

namespace stepd::test {

void FakeEngine::submit(std::vector<engine::NewEvent> batch, SubmitCallback done) {
    std::vector<engine::Submitted> answers;
    for (auto& event : batch) {
        events.push_back(std::move(event));
        const auto number = static_cast<std::int64_t>(events.size());
        engine::Submitted answer{.status = submitAnswer, .message = "said the engine", .event = EventId{number}};
        if (submitAnswer == engine::SubmitStatus::Accepted)
            answer.runs.push_back({.id = RunId{number}, .createdAt = {}, .pipeline = pipeline});
        answer.skipped = skipped;
        answers.push_back(std::move(answer));
    }
    done(std::move(answers));
}

void FakeEngine::rerun(engine::Rerun rerun, RerunCallback done) {
    reruns.push_back(std::move(rerun));
    engine::RerunAnswer answer = rerunAnswer;
    const Run& of = reruns.back().of;
    answer.run = {.id = RunId{of.id.value + 100}, .createdAt = of.createdAt, .pipeline = of.pipeline};
    done(answer);
}

void FakeEngine::pause(std::string paused, bool pause, PauseCallback done) {
    done(paused == pipeline ? engine::PauseStatus::Done : engine::PauseStatus::Unknown);
    pauses.emplace_back(std::move(paused), pause);
}

std::optional<Event> FakeReaders::findEvent(EventId id) {
    const auto found = std::find_if(events.begin(), events.end(), [&](const Event& e) { return e.id == id; });
    return found == events.end() ? std::nullopt : std::optional(*found);
}

std::optional<Run> FakeReaders::findRun(RunId id) {
    const auto found = std::find_if(runs.begin(), runs.end(), [&](const Run& r) { return r.id == id; });
    return found == runs.end() ? std::nullopt : std::optional(*found);
}

std::vector<Run> FakeReaders::listRuns(const store::RunFilter& filter, store::Page<RunId> page) {
    std::vector<Run> found;
    for (const Run& run : runs) {
        const auto& states = filter.states;
        const bool wanted = states.empty() || std::find(states.begin(), states.end(), run.state) != states.end();
        const bool later = !page.before || run.id < page.before;
        if (wanted && later && (!filter.parent || run.parent == *filter.parent) &&
            (!filter.pipeline || run.pipeline == *filter.pipeline) && found.size() < page.limit &&
            (!filter.createdSince || run.createdAt >= *filter.createdSince))
            found.push_back(run);
    }
    return found;
}

std::size_t FakeReaders::countRuns(const store::RunFilter& filter) {
    if (tooManyToCount) throw Error(ErrorCode::Unavailable, "it takes too long");
    return listRuns(filter, {.before = {}, .limit = runs.size()}).size();
}

std::vector<Event> FakeReaders::eventsOf(RunId run) {
    const auto of = findRun(run);
    std::vector<Event> found;
    if (const auto first = of ? findEvent(of->event) : std::nullopt) found.push_back(*first);
    found.insert(found.end(), collected.begin(), collected.end());
    return found;
}

BackendFixture::BackendFixture()
    : backend{.engine = engine,
              .readers = readers,
              .pool = pool,
              .clock = clock,
              .metrics = metrics,
              .pendingRuns = pendingRuns,
              .admission = admission,
              .progress = progress,
              .pipelines = [this] { return pipelines; },
              .plugins = [this] { return plugins; },
              .parts = [] { return std::vector<api::PartHealth>(); },
              .reloadPool = pool,
              .reload =
                  [this](api::ReloadMode mode) {
                      reloads.push_back(mode);
                      return reloadAnswer;
                  },
              .refreshMetrics = [] {}} {
    pool.start();
    pendingRuns.start();
    engine.statsAnswer.lastRound = clock.instant();
    routes = api::makeRoutes(backend, pipelines);
}

BackendFixture::~BackendFixture() {
    pendingRuns.stop();
    pool.stop();
}

pipeline::PipelinePtr BackendFixture::load(const std::string& yaml, const std::string& schema) {
    namespace fs = std::filesystem;
    const fs::path directory = fs::temp_directory_path() / ("stepd-api-test-" + std::to_string(::getpid()));
    fs::create_directories(directory);
    std::ofstream(directory / "test.yaml") << yaml;
    if (!schema.empty()) std::ofstream(directory / "schema.json") << schema;
    const auto loaded = pipeline::loadFile((directory / "test.yaml").string(), {});
    fs::remove_all(directory);
    std::string findings;
    for (const auto& finding : loaded.findings) findings += finding.text() + "\n";
    CPPUNIT_ASSERT_MESSAGE(findings, loaded.pipeline != nullptr);
    return loaded.pipeline;
}

void BackendFixture::usePipeline(const std::string& yaml, const std::string& schema) {
    pipelines = {load(yaml, schema)};
    engine.pipeline = pipelines.front()->id;
    routes = api::makeRoutes(backend, pipelines);
}

std::future<http::Response> BackendFixture::begin(http::Method method, const std::string& path, const std::string& body,
                                                  const std::vector<std::pair<std::string, std::string>>& headers) {
    http::Request request;
    request.method = method;
    request.target = path;
    request.body = body;
    request.id = "req-1";
    request.remoteAddress = "192.0.2.1";
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    const std::string bare = path.substr(0, path.find('?'));
    for (std::size_t at = 1; at <= bare.size();) {
        const auto end = std::min(bare.find('/', at), bare.size());
        request.segments.push_back(bare.substr(at, end - at));
        at = end + 1;
    }
    if (const auto query = path.find('?'); query != std::string::npos)
        http::splitQuery(std::string_view(path).substr(query + 1), request.query);
    const auto match = routes->match(method, request.segments);
    CPPUNIT_ASSERT_MESSAGE("no route for " + path, match.route != nullptr);
    request.route = match.route->pattern;
    request.parameters = match.parameters;
    const auto promise = std::make_shared<std::promise<http::Response>>();
    match.route->handler(std::move(request), http::Responder([promise](http::Response response) {
                             promise->set_value(std::move(response));
                         }));
    return promise->get_future();
}

http::Response BackendFixture::call(http::Method method, const std::string& path, const std::string& body,
                                    const std::vector<std::pair<std::string, std::string>>& headers) {
    return begin(method, path, body, headers).get();
}

}  // namespace stepd::test
