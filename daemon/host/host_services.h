#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "model/fetch.h"
#include "model/ids.h"

namespace stepd::host {

/// Names one outbound request of a plugin for as long as the daemon lives.
using FetchId = Id<struct FetchTag>;

enum class LogSource { Plugin, Stdout, Stderr, Host };
enum class PluginLogLevel : std::int32_t { Debug = 0, Info = 1, Warn = 2, Error = 3 };

/// One line about a plugin or from it: quoted, scrubbed of its secrets, cut.
struct PluginLog {
    std::string plugin;
    LogSource source = LogSource::Host;
    PluginLogLevel level = PluginLogLevel::Info;
    std::string runId;  ///< empty unless a call wrote it
    std::string stepId;
    std::string text;
};

/// What workers get from the daemon; the app gives an implementation. Called on the host's thread alone; must not
/// block.
class HostServices {
public:
    using FetchDone = std::function<void(FetchResponse)>;
    virtual ~HostServices() = default;
    /// `done` is called exactly once, from any thread, also after cancelFetch, but not before `fetch` returns.
    virtual void fetch(FetchId id, FetchRequest request, FetchDone done) = 0;
    /// Ignores a finished or unknown one.
    virtual void cancelFetch(FetchId id) = 0;
    /// The configured secret, whoever asks: the host has checked that the plugin may read it.
    virtual std::optional<Secret> secret(std::string_view name) = 0;
    virtual void log(const PluginLog& line) = 0;
};

}  // namespace stepd::host
