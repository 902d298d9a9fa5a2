#include <stepd/testing/harness.h>

using namespace stepd::testing;

int main() {
    return run({
        {"a page has a size",
         [] {
             StepHarness step("my_plugin");
             step.http.reply("https://example.com/", {.body = "hello"});
             equal(step.expectDone({{"url", "https://example.com/"}}).at("bytes"), 5);
         }},
        {"a page that is gone is not tried again",
         [] {
             StepHarness step("my_plugin");
             step.http.reply("https://example.com/", {.status = 404});
             step.expectFailure({{"url", "https://example.com/"}}, stepd::Class::NotFound, "no_page");
         }},
        {"an input without url is refused",
         [] {
             StepHarness step("my_plugin");
             step.expectFailure({{"ulr", "a slip of the fingers"}}, stepd::Class::InvalidInput, "no_url");
         }},
    });
}
