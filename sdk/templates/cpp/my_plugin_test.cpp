#undef NDEBUG
#include <stepd/testing/harness.h>
#include <cassert>

int main() {
    stepd::testing::StepHarness step("my_plugin", {{"timeout_ms", 100}});
    step.http.reply("https://example.com/", {.status = 200, .body = "<title>Example Domain</title>"});
    const auto outcome = step.run({{"url", "https://example.com/"}});
    assert(outcome.ok() && outcome.output()["title"] == "Example Domain");

    step.http.reply("https://gone.example/", {.status = 404});
    assert(step.run({{"url", "https://gone.example/"}}).outcomeClass() == stepd::Class::NotFound);
    assert(step.run({{"ulr", "a slip of the fingers"}}).outcomeClass() == stepd::Class::InvalidInput);
}
