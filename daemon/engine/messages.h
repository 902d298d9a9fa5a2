#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/engine.h"

namespace stepd::engine {

struct Submit {
    std::vector<NewEvent> events;
    Engine::SubmitCallback done;
};
struct Cancel {
    RunId run;
    Engine::CancelCallback done;
};
struct WatchEnd {
    RunId run;
    Engine::RunCallback ended;
};
struct ForgetEnd {
    RunId run;
};
struct AskWhy {
    RunId run;
    Engine::WaitsCallback done;
};
struct AskRerun {
    Rerun rerun;
    Engine::RerunCallback done;
};
struct AskRelease {
    RunId run;
    Engine::ReleaseCallback done;
};
struct AskPause {
    std::string pipeline;
    bool paused = true;
    Engine::PauseCallback done;
};
struct UsePipelines {
    std::vector<pipeline::PipelinePtr> pipelines;
};
struct CallFinished {
    host::CallId call;
    StepResult result;
};
struct CallProgressed {
    host::CallId call;
    double fraction = 0;
    std::string message;
};
struct CommitAnswered {
    store::Committed answer;
};
/// The answer to one of `Questions`.
struct Answered {
    std::function<void()> go;
};
struct Stop {};

/// All that comes into the engine. Timers are no messages: the core looks at them in each round.
using Message = std::variant<Submit, Cancel, WatchEnd, ForgetEnd, AskWhy, AskRerun, AskRelease, AskPause, UsePipelines,
                             CallFinished, CallProgressed, CommitAnswered, Answered, Stop>;

/// Puts a message into the inbox; thread-safe.
using Post = std::function<void(Message)>;

}  // namespace stepd::engine
