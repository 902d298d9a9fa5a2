#include "host/symbolizer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/text.h"

namespace stepd::host {
namespace {

constexpr std::size_t kMostAnswered = 64U << 10;
constexpr std::size_t kMostName = 300;
constexpr int kLibraryFd = 3;
constexpr int kFirstSafeFd = 10;  // above the numbers that the child gives to its own

/// The offsets of the plugin's frames, as a file to read from: nobody must write to a pipe.
FileDescriptor questionsOf(const CrashTrace& trace) {
    FileDescriptor file(::memfd_create("stepd-frames", MFD_CLOEXEC));
    for (const auto& frame : trace.frames)
        if (frame.plugin) ::dprintf(file.get(), "%llx\n", static_cast<unsigned long long>(frame.offset));
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

FileDescriptor lifted(const FileDescriptor& file) {
    return FileDescriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstSafeFd));
}

std::string known(std::string_view text) {
    if (text.empty() || text == "?" || text.size() > kMostName) return {};
    return quotedForLog(text);
}

}  // namespace

void nameFrames(CrashTrace& trace, std::string_view answers) {
    for (auto& frame : trace.frames) {
        if (!frame.plugin) continue;
        const auto end = answers.find('\n');
        if (end == std::string_view::npos) return;
        const auto line = answers.substr(0, end);
        answers.remove_prefix(end + 1);
        const auto tab = line.find('\t');
        if (tab == std::string_view::npos) continue;
        frame.function = known(line.substr(0, tab));
        frame.source = known(line.substr(tab + 1));
    }
}

Symbolizer::Symbolizer(EventLoop& loop, const std::string& workerProgram, const FileDescriptor& library,
                       CrashTrace trace, std::function<void(CrashTrace)> done)
    : loop_(loop), trace_(std::move(trace)), done_(std::move(done)) {
    if (trace_.blamed() != nullptr && library.valid())
        start(std::filesystem::path(workerProgram).replace_filename("stepd-symbolizer").string(), library);
    timer_ = loop_.after(answers_.valid() ? kPatience : 0s, [this] { finish(); });
}

Symbolizer::~Symbolizer() {
    loop_.cancel(timer_);
    if (watch_ != 0) loop_.unwatch(watch_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Symbolizer::start(const std::string& program, const FileDescriptor& library) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    answers_ = FileDescriptor(ends[0]);
    const FileDescriptor write(ends[1]);
    const FileDescriptor out = lifted(write), file = lifted(library), in = lifted(questionsOf(trace_));

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, file.get(), kLibraryFd);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, kLibraryFd + 1);
    std::array<char*, 2> arguments{const_cast<char*>("stepd-symbolizer"), nullptr};
    std::array<char*, 1> environment{nullptr};
    if (::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments.data(), environment.data()) != 0) {
        pid_ = -1;
        answers_.reset();
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (answers_.valid()) watch_ = loop_.watch(answers_.get(), EPOLLIN, [this](std::uint32_t) { read(); });
}

void Symbolizer::read() {
    std::array<char, 4096> buffer{};
    const auto n = ::read(answers_.get(), buffer.data(), buffer.size());
    if (n > 0 && text_.size() < kMostAnswered)
        text_.append(buffer.data(), static_cast<std::size_t>(n));
    else if (n >= 0 || (errno != EAGAIN && errno != EINTR))
        finish();
}

void Symbolizer::finish() {
    loop_.cancel(timer_);
    if (watch_ != 0) loop_.unwatch(std::exchange(watch_, 0));
    nameFrames(trace_, text_);
    // It may destroy us.
    const auto done = done_;
    done(std::move(trace_));
}

}  // namespace stepd::host
