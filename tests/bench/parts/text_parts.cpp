// What it costs to read an event: the head of its request, the check of its JSON, a value cut out, an input rendered.
#include <benchmark/benchmark.h>

#include "api/document_scope.h"
#include "bench_event.h"
#include "http/limits.h"
#include "http/request_reader.h"
#include "json/json_text.h"
#include "support/engine_fixture.h"

namespace {

using namespace stepd;

std::string eventData() {
    std::string text;
    bench::writeEventData(text, 42);
    return text;
}

void jsonCheck(benchmark::State& state) {
    const std::string text = eventData();
    for (auto _ : state) benchmark::DoNotOptimize(json::check(text));
}
BENCHMARK(jsonCheck);

void jsonCut(benchmark::State& state) {
    const std::string text = eventData();
    const std::vector<std::string> path{"text"};
    for (auto _ : state) benchmark::DoNotOptimize(json::rawAt(text, path));
}
BENCHMARK(jsonCut);

void httpRequest(benchmark::State& state) {
    const std::string body = eventData();
    const std::string bytes =
        "POST /w4 HTTP/1.1\r\nHost: localhost:8288\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    const http::Limits limits;
    http::RequestReader reader(limits);
    for (auto _ : state) {
        const std::size_t head = reader.read(bytes);
        reader.acceptBody(1 << 20);
        reader.read(std::string_view(bytes).substr(head));
        if (reader.state() != http::RequestReader::State::Done) state.SkipWithError("the request was refused");
        benchmark::DoNotOptimize(reader.take());
    }
}
BENCHMARK(httpRequest);

void renderInput(benchmark::State& state, const char* input) {
    const auto pipeline = test::loadPipeline(
        "version: 1\nid: p\non: [{event: go}]\nsteps: [{id: a, uses: p, input: " + std::string(input) + "}]\n");
    api::DocumentScope scope;
    scope.bind("event", "{\"data\":" + eventData() + "}");
    const pipeline::Template& rendered = pipeline->steps.at(0).input.value();
    for (auto _ : state) {
        if (!rendered.render(scope)) state.SkipWithError("the input cannot be rendered");
        benchmark::ClobberMemory();
    }
}
BENCHMARK_CAPTURE(renderInput, bytes, "\"${{ event.data }}\"");
BENCHMARK_CAPTURE(renderInput, expression,
                  "{id: \"${{ event.data.serial + '!' }}\", n: \"${{ size(event.data.text) * 2 }}\"}");

}  // namespace
