#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "host/crash_note.h"
#include "host/event_loop.h"

namespace stepd::host {

/// Gives the plugin's frames of a crash their function and source. Its debug information is read by a process of its
/// own (stepd-symbolizer), with a deadline: a crafted file costs its own report the names (hardening R18). Confined to
/// the loop's thread.
class Symbolizer {
public:
    /// How long a crashed call waits for names.
    static constexpr Duration kPatience = 1s;

    /// `done` is called once, with as many names as were found, not before this returns, never after destruction.
    /// `library` is what the worker had loaded; `workerProgram` has stepd-symbolizer beside it.
    Symbolizer(EventLoop& loop, const std::string& workerProgram, const FileDescriptor& library, CrashTrace trace,
               std::function<void(CrashTrace)> done);
    Symbolizer(const Symbolizer&) = delete;
    Symbolizer& operator=(const Symbolizer&) = delete;
    ~Symbolizer();

private:
    void start(const std::string& program, const FileDescriptor& library);
    void read();
    void finish();

    EventLoop& loop_;
    CrashTrace trace_;
    const std::function<void(CrashTrace)> done_;
    pid_t pid_ = -1;
    FileDescriptor answers_;
    EventLoop::WatchId watch_ = 0;
    EventLoop::TimerId timer_;
    std::string text_;
};

/// Puts what stepd-symbolizer answered, one line for each frame of the plugin, into the trace. What is too long, of
/// another shape or not printable is quoted, cut or left out.
void nameFrames(CrashTrace& trace, std::string_view answers);

}  // namespace stepd::host
