#include "support/daemon_process.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "base/error.h"

namespace stepd::test {
namespace {

namespace fs = std::filesystem;
constexpr auto kPatience = 60s;
constexpr std::size_t kMostLines = 20'000;

std::size_t collect(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

/// A child with `directory` as its working directory, standard output and error on `out`.
pid_t spawn(const std::string& directory, const std::vector<std::string>& arguments, int out) {
    std::vector<char*> argv;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) throwErrno(errno, "fork");
    if (pid > 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no daemon behind
    if (::chdir(directory.c_str()) != 0) ::_exit(126);
    ::setenv("STATE_DIRECTORY", (directory + "/var").c_str(), 1);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

int waitFor(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void pause() {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}  // between looks at another process

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (fs::temp_directory_path() / "stepd-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throwErrno(errno, "mkdtemp");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    if (kept_) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void TemporaryDirectory::write(const std::string& file, const std::string& text) const {
    const fs::path path = fs::path(path_) / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

DaemonProcess::DaemonProcess(const TemporaryDirectory& directory) : directory_(directory) {
    fs::create_directories(directory.path() + "/var");
}

DaemonProcess::~DaemonProcess() {
    kill();
}

void DaemonProcess::start() {
    launch();
    awaitListening();
}

void DaemonProcess::launch() {
    {
        const MutexLock lock(mutex_);
        lines_.clear();
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throwErrno(errno, "pipe");
    pid_ = spawn(directory_.path(), {STEPD_PROGRAM, "--config=" + directory_.path() + "/stepd.yaml"}, ends[1]);
    ::close(ends[1]);
    port_ = 0;
    reader_ = std::thread([this, fd = ends[0]] { readLog(fd); });
}

void DaemonProcess::awaitListening() {
    waitUntil("the daemon to listen", [this] {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            fail("the daemon to listen: it has ended");
        }
        for (const auto& line : logLines()) {
            const Json json = Json::parse(line, nullptr, false);
            if (json.is_object() && json.value("message", "") == "listening")
                port_ = json.at("port").get<std::uint16_t>();
        }
        return port_ != 0;
    });
}

int DaemonProcess::kill() {
    int code = 0;
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        code = waitFor(pid_);
        pid_ = 0;
    }
    if (reader_.joinable()) reader_.join();
    return code;
}

int DaemonProcess::stop() {
    ::kill(pid_, SIGTERM);
    const int code = waitFor(pid_);
    pid_ = 0;
    kill();
    return code;
}

std::pair<int, std::string> DaemonProcess::run(const std::vector<std::string>& arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throwErrno(errno, "pipe");
    std::vector<std::string> all{STEPD_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const pid_t pid = spawn(directory_.path(), all, ends[1]);
    ::close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    ::close(ends[0]);
    return {waitFor(pid), text};
}

HttpReply DaemonProcess::request(const std::string& method, const std::string& path, const std::string& body,
                                 const std::vector<std::string>& headers) const {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
    HttpReply reply;
    const std::string address = url() + path;
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_URL, address.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &collect);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &reply.body);
    curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, &collect);
    curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &reply.headers);
    if (method == "POST") {
        curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.data());
    }
    const CURLcode code = curl_easy_perform(easy.get());
    curl_slist_free_all(list);
    if (code != CURLE_OK) throw std::runtime_error(method + " " + path + ": " + curl_easy_strerror(code));
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
}

Json DaemonProcess::getJson(const std::string& path) const {
    return request("GET", path, {}, {"Authorization: Bearer " + operatorKey()}).json();
}

Json DaemonProcess::waitForEnd(const std::string& runId) const {
    Json run;
    waitUntil("run " + runId + " to end", [&] {
        run = getJson("/api/v1/runs/" + runId);
        const std::string state = run.value("state", "");
        return state == "completed" || state == "failed" || state == "cancelled" || state == "quarantined";
    });
    return run;
}

void DaemonProcess::waitUntil(const std::string& what, const std::function<bool()>& happened) const {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (!happened()) {
        if (std::chrono::steady_clock::now() > limit) fail(what);
        pause();
    }
}

std::string DaemonProcess::operatorKey() const {
    std::ifstream file(directory_.path() + "/var/operator.key");
    std::string key;
    std::getline(file, key);
    return key;
}

std::vector<std::string> DaemonProcess::logLines() const {
    const MutexLock lock(mutex_);
    return lines_;
}

std::vector<pid_t> DaemonProcess::workers() const {
    std::vector<pid_t> found;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
        std::ifstream children(task.path() / "children");
        for (pid_t child = 0; children >> child;) found.push_back(child);
    }
    return found;
}

void DaemonProcess::readLog(int fd) {
    std::string rest;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;) {
        rest.append(buffer, static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
            const MutexLock lock(mutex_);
            if (lines_.size() >= kMostLines) lines_.erase(lines_.begin(), lines_.begin() + kMostLines / 2);
            lines_.push_back(rest.substr(0, end));
        }
    }
    ::close(fd);
}

void DaemonProcess::fail(const std::string& what) const {
    std::string text = "waited in vain for " + what + "; the daemon's log:\n";
    for (const auto& line : logLines()) text += "  " + line + "\n";
    throw std::runtime_error(text);
}

}  // namespace stepd::test
