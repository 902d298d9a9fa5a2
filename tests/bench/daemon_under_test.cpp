#include "daemon_under_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/system_clock.h"
#include "http_talk.h"

namespace stepd::bench {
namespace {

namespace fs = std::filesystem;
constexpr Duration kPatience = 120s;
const SystemClock theClock;

/// A port that nobody listens on now.
std::uint16_t freePort() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), any, size) != 0 || ::getsockname(socket.get(), any, &size) != 0)
        throwErrno(errno, "looking for a free port");
    return ntohs(address.sin_port);
}

pid_t spawn(const std::string& directory) {
    const FileDescriptor log(
        ::open((directory + "/stepd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string config = "--config=" + directory + "/stepd.yaml";
    const std::string state = directory + "/var";
    const pid_t pid = ::fork();
    if (pid < 0) throwErrno(errno, "fork");
    if (pid > 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // not left behind by an interrupted measurement
    ::setenv("STATE_DIRECTORY", state.c_str(), 1);
    ::dup2(log.get(), STDOUT_FILENO);
    ::dup2(log.get(), STDERR_FILENO);
    ::execl(STEPD_PROGRAM, STEPD_PROGRAM, config.c_str(), nullptr);
    ::_exit(127);
}

std::string textOf(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

DaemonUnderTest::Directory::Directory() : path_(STEPD_BENCH_STATE "/state-XXXXXX") {
    fs::create_directories(STEPD_BENCH_STATE);
    if (::mkdtemp(path_.data()) == nullptr) throwErrno(errno, "making " + path_);
}

DaemonUnderTest::Directory::~Directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

DaemonUnderTest::DaemonUnderTest(const DaemonSetup& setup) : port_(freePort()) {
    fs::create_directories(directory() + "/var");
    writeDaemonFiles(directory(), port_, setup);
    start();
}

DaemonUnderTest::~DaemonUnderTest() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

void DaemonUnderTest::start() {
    const Instant begin = theClock.instant();
    pid_ = spawn(directory());
    waitUntilReady();
    startTook_ = theClock.instant() - begin;
}

void DaemonUnderTest::waitUntilReady() {
    const Instant limit = theClock.instant() + kPatience;
    for (;;) {
        const auto answer = ask(port_, "GET", "/health");
        if (answer && answer->status == 200) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw Error(ErrorCode::Unavailable, "the daemon does not start:\n" + textOf(directory() + "/stepd.log"));
        }
        if (theClock.instant() > limit) throw Error(ErrorCode::Unavailable, "the daemon does not get ready");
        std::this_thread::sleep_for(1ms);
    }
}

void DaemonUnderTest::stop() {
    int status = 0;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw Error(ErrorCode::Unavailable, "the daemon did not end well:\n" + textOf(directory() + "/stepd.log"));
}

void DaemonUnderTest::kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

std::int64_t DaemonUnderTest::databaseBytes() const {
    std::int64_t bytes = 0;
    for (const char* suffix : {"", "-wal"}) {
        std::error_code none;
        const auto size = fs::file_size(database() + suffix, none);
        if (!none) bytes += static_cast<std::int64_t>(size);
    }
    return bytes;
}

double DaemonUnderTest::cpuSeconds() const {
    return cpuSecondsOf(pid_);
}

double DaemonUnderTest::workerCpuSeconds() const {
    double seconds = 0;
    for (const pid_t child : childrenOf(pid_)) seconds += cpuSecondsOf(child);
    return seconds;
}

ProcessFigures DaemonUnderTest::memory() const {
    ProcessFigures sum = figuresOf(pid_);
    for (const pid_t child : childrenOf(pid_)) {
        const ProcessFigures one = figuresOf(child);
        sum.rss += one.rss;
        sum.peakRss += one.peakRss;
        sum.pss += one.pss;
        sum.written += one.written;
    }
    return sum;
}

std::string DaemonUnderTest::operatorHeader() const {
    std::string key = textOf(directory() + "/var/operator.key");
    key.erase(key.find_last_not_of('\n') + 1);
    return "Authorization: Bearer " + key + "\r\n";
}

std::string DaemonUnderTest::operate(const std::string& method, const std::string& path) const {
    auto answer = ask(port_, method, path, {}, operatorHeader());
    if (!answer || answer->status != 200)
        throw Error(ErrorCode::Unavailable, path + " answers " + (answer ? answer->body : "nothing"));
    return std::move(answer->body);
}

double DaemonUnderTest::metric(const std::string& name) const {
    const auto answer = ask(port_, "GET", "/metrics");
    std::istringstream lines(answer ? answer->body : "");
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + " ")) return std::stod(line.substr(name.size() + 1));
    throw Error(ErrorCode::Unavailable, "the daemon has no metric " + name);
}

}  // namespace stepd::bench
