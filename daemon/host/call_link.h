#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/crash_note.h"
#include "host/host_services.h"
#include "host/messages.h"
#include "host/refusal.h"

namespace stepd::host {

/// Why a worker is gone.
enum class DeathCause {
    Exited,     ///< by itself: a signal of its own making, exit(), the kernel
    Killed,     ///< by us, on purpose
    Violation,  ///< by us, because it broke the protocol
    Denied,     ///< by the kernel, for a system call that its sandbox refuses
    LoadTimeout,
};

struct Death {
    DeathCause cause = DeathCause::Exited;
    std::string sentence;
    int signal = 0;                      ///< that ended it; 0: none
    std::string exit;                    ///< `exited with code 9`, without what we have to do with it
    std::int64_t cpuNs = 0;              ///< that the worker has used in all; 0: not known
    bool oomKilled = false;              ///< by the kernel, as its cgroup had used up its memory
    bool loaded = false;                 ///< after the handshake
    std::vector<std::uint64_t> running;  ///< tokens of the calls that it executed then, if that is known
    std::vector<std::uint64_t> unsent;   ///< of those that it has surely not got
    std::optional<CrashTrace> crash;     ///< its own word on the signal that ended it
};

/// The way to a place where a loaded plugin executes calls: a worker process, or threads of the daemon. A call is named
/// by its token. Confined to the loop's thread.
class CallLink {
public:
    /// What comes back. A function that returns text says what is wrong with what it was given, or nothing.
    class Owner {
    public:
        virtual ~Owner() = default;
        /// Before the plugin is loaded.
        virtual void linkConfined(SandboxReport) {}
        /// The sandbox has refused a system call; before the end of the call that tried it.
        virtual void linkDenied(const Refusal&) {}
        virtual void linkLoaded(PluginDescription description) = 0;
        virtual void linkRefused(std::string sentence) = 0;  ///< the plugin cannot be used
        /// The last of a call.
        virtual std::string linkEnded(std::uint64_t token, ResultMessage result) = 0;
        virtual std::string linkLogged(std::uint64_t token, LogMessage line) = 0;
        virtual std::string linkProgressed(std::uint64_t token, ProgressMessage note) = 0;
        virtual std::string linkFetches(std::uint64_t token, HttpRequestMessage request, std::size_t bytes) = 0;
        /// To `measure`. Its call may have ended meanwhile.
        virtual std::string linkMeasured(std::uint64_t token, Usage usage) = 0;
        virtual std::string linkAsksSecret(std::uint64_t token, SecretRequestMessage request) = 0;
        virtual void linkOutput(LogSource source, std::string line) = 0;
        /// The last of all.
        virtual void linkDied(const Death& death) = 0;
    };

    enum class Put { Taken, TooLarge, Gone };

    virtual ~CallLink() = default;
    /// Of the process; 0: there is none of its own.
    virtual pid_t pid() const { return 0; }
    /// False once it takes no more calls.
    virtual bool alive() const = 0;
    /// Gone if the plugin has surely not got it; the death is reported apart.
    virtual Put call(std::uint64_t token, CallView call) = 0;
    virtual void cancel(std::uint64_t token, CancelMessage cancel) = 0;
    virtual void reply(std::uint64_t token, HttpReplyMessage reply) = 0;
    virtual void reply(std::uint64_t token, SecretReplyMessage reply) = 0;
    /// Asks what the call has used so far: linkMeasured follows while it is executed, maybe before this returns.
    virtual void measure(std::uint64_t token) = 0;
    /// Lets an idle one go; linkDied follows.
    virtual void close() = 0;
    /// Ends the place and all its calls by force, because one of them does not stop; linkDied follows. False if that is
    /// not possible.
    virtual bool terminate(std::string why) = 0;
};

}  // namespace stepd::host
