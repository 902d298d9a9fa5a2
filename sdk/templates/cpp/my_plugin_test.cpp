#include <stepd/testing/harness.h>

using namespace stepd::testing;
using namespace std::chrono_literals;

int main() {
    return run({
        {"a page has a title",
         [] {
             StepHarness step("my_plugin");
             step.http.reply("https://example.com/", {.body = "<title>Example Domain</title>"});
             equal(step.expectDone({{"url", "https://example.com/"}}).at("title"), "Example Domain");
         }},
        {"a page that is gone is not tried again",
         [] {
             StepHarness step("my_plugin");
             step.http.reply("https://example.com/", {.status = 404});
             step.expectFailure({{"url", "https://example.com/"}}, stepd::Class::NotFound, "no_page");
         }},
        {"a slow page takes no longer than the options say",
         [] {
             StepHarness step("my_plugin", {{"timeout_ms", 100}});
             step.http.reply("https://example.com/", {.elapsed = 1s});
             step.expectFailure({{"url", "https://example.com/"}}, stepd::Class::Transient, "timeout");
         }},
        {"an input without url is refused",
         [] {
             StepHarness step("my_plugin");
             step.expectFailure({{"ulr", "a slip of the fingers"}}, stepd::Class::InvalidInput);
         }},
    });
}
