#include "pipeline/place_rules.h"

#include <algorithm>

namespace stepd::pipeline {
namespace {

using Words = std::vector<std::string>;

const Words kEvent = {"event", "vars"};
const Words kRun = {"event", "steps", "run", "vars"};

Words with(Words words, const char* more) {
    words.emplace_back(more);
    return words;
}

}  // namespace

PlaceRule ruleOf(Place place) {
    switch (place) {
        case Place::Trigger: return {"in a trigger", kEvent};
        case Place::Idempotency: return {"in `idempotency`", kEvent};
        case Place::Flow: return {"in flow control", kEvent};
        case Place::CancelOn: return {"in `cancel_on`", with(kEvent, "async")};
        case Place::Condition: return {"in `if`", kRun, true};
        case Place::Input: return {"in `input`", kRun, true};
        case Place::With: return {"in `with`", with(kRun, "secrets"), true};
        case Place::CoreWith: return {"in the `with` of a built-in step", kRun, true};
        case Place::WaitIf: return {"in the `if` of a wait", with(kRun, "async"), true};
        case Place::Items: return {"in `items`", kRun, true};
        case Place::ItemKey: return {"in the `key` of `foreach`", kRun, true};
        case Place::StepFlow: return {"in a `key`", kRun, true};
        case Place::RetryWhen: return {"in `when`", {"error"}};
        case Place::Emit: return {"in `emit`", {"request"}};
        case Place::Respond: return {"in `respond`", {"run"}};
        case Place::Output: return {"in `output`", kRun, true};
    }
    return {};
}

const Words& fieldsOf(std::string_view root) {
    struct Root {
        const char* name;
        Words fields;
    };
    static const std::vector<Root> kRoots = {
        {"event", {"name", "data", "id", "ts", "user"}},   {"async", {"name", "data", "id", "ts", "user"}},
        {"run", {"id", "attempt", "started_at"}},          {"error", {"class", "code", "message", "details"}},
        {"request", {"id", "body", "headers", "remote"}},  {"ended run's error", {"step", "class", "code", "message"}},
        {"ended run", {"id", "state", "output", "error"}},
    };
    static const Words kAny;
    const auto found = std::find_if(kRoots.begin(), kRoots.end(), [root](const Root& row) { return row.name == root; });
    return found != kRoots.end() ? found->fields : kAny;
}

const Words& allRoots() {
    static const Words kAll = {"event",   "events", "steps", "run",   "vars",
                               "secrets", "item",   "async", "error", "request"};
    return kAll;
}

}  // namespace stepd::pipeline
