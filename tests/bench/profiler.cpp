#include "profiler.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace stepd::bench {

void Profiler::begin(pid_t pid) {
    const std::string target = std::to_string(pid);
    perf_ = ::fork();
    if (perf_ != 0) return;
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execlp("perf", "perf", "record", "-q", "-F", "999", "-p", target.c_str(), "-o", file_.c_str(), nullptr);
    ::_exit(127);
}

void Profiler::end() {
    if (perf_ <= 0) return;
    ::kill(perf_, SIGINT);
    ::waitpid(perf_, nullptr, 0);
    perf_ = 0;
}

std::string Profiler::hottest(int count) const {
    const std::string command = "perf report -q --stdio --no-children --sort symbol -i '" + file_ + "' 2>/dev/null";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::string text;
    std::array<char, 4096> line{};
    while (count > 0 && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
        if (line[0] == '\n' || line[0] == '#') continue;
        std::string one = line.data();
        one.erase(one.find_last_not_of(" -\n") + 1);  // columns that perf leaves empty
        text += one + "\n";
        --count;
    }
    while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    }
    return text;
}

}  // namespace stepd::bench
