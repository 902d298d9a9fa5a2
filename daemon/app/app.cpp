#include "app/app.h"

#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <iostream>

#include "app/plugin_check.h"
#include "app/services.h"
#include "app/setup.h"
#include "base/error.h"
#include "telemetry/log.h"

namespace stepd::app {
namespace {

constexpr int kConfigurationExit = 1;
constexpr int kUsageExit = 2;
constexpr int kUnavailableExit = 3;
constexpr int kDiskExit = 4;
constexpr int kBugExit = 70;

void print(const Diagnostics& findings) {
    for (const auto& finding : findings) std::cerr << finding.text() << '\n';
}

/// No thread may take the signals that `waitForTheEnd` waits for, and no core dump may hold a secret
/// (hardening R32).
void prepareProcess() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/// Until somebody asks the process to end. SIGHUP, as `systemctl reload` sends it, reads the pipelines again.
void waitForTheEnd(Services& services) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP}) sigaddset(&signals, signal);
    for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) services.requestReload();
}

log::Level levelOf(config::LogLevel level) {
    switch (level) {
        case config::LogLevel::Debug: return log::Level::Debug;
        case config::LogLevel::Info: return log::Level::Info;
        case config::LogLevel::Warning: return log::Level::Warning;
        case config::LogLevel::Error: return log::Level::Error;
    }
    return log::Level::Info;
}

int exitCodeOf(ErrorCode code) {
    switch (code) {
        case ErrorCode::StoreIo:
        case ErrorCode::StoreCorrupt: return kDiskExit;
        case ErrorCode::StoreFull:
        case ErrorCode::StoreBusy:
        case ErrorCode::Unavailable: return kUnavailableExit;  // it may pass: systemd tries again
        case ErrorCode::System: return kBugExit;
        default: return kConfigurationExit;
    }
}

int exitCodeOf(Services::Failure failure) {
    switch (failure) {
        case Services::Failure::None: return 0;
        case Services::Failure::Disk: return kDiskExit;
        case Services::Failure::Engine: return kBugExit;
    }
    return kBugExit;
}

}  // namespace

App::App() {
    setUnixOptions(true);
}

void App::initialize(Poco::Util::Application&) {
    prepareProcess();
}

void App::defineOptions(Poco::Util::OptionSet& options) {
    using Poco::Util::Option;
    const auto option = [&](const char* name, const char* shortName, const char* help) {
        return Option(name, shortName, help).callback(Poco::Util::OptionCallback<App>(this, &App::onOption));
    };
    options.addOption(option("config", "c", "the daemon's configuration").argument("FILE"));
    options.addOption(option("check", "", "check configuration, pipelines and plugins, then exit 0 or 1"));
    options.addOption(option("help", "h", "this text"));
    options.addOption(option("version", "", "print the version"));
}

void App::onOption(const std::string& name, const std::string& value) {
    if (name == "config") configFile_ = value;
    if (name == "check") mode_ = Mode::Check;
    if (name == "help") mode_ = Mode::Help;
    if (name == "version") mode_ = Mode::Version;
    if (mode_ == Mode::Help || mode_ == Mode::Version) stopOptionsProcessing();
}

int App::main(const std::vector<std::string>& arguments) {
    if (mode_ == Mode::Version) return std::cout << "stepd " STEPD_VERSION "\n", 0;
    if (mode_ == Mode::Help || configFile_.empty() || !arguments.empty()) {
        Poco::Util::HelpFormatter help(options());
        help.setUnixStyle(true);
        help.setCommand("stepd");
        help.setUsage("--config=FILE [--check]");
        help.format(mode_ == Mode::Help ? std::cout : std::cerr);
        return mode_ == Mode::Help ? 0 : kUsageExit;
    }
    return mode_ == Mode::Check ? check() : serve();
}

int App::check() const {
    const Setup setup = loadSetup(configFile_);
    Diagnostics findings = setup.findings;
    if (!hasErrors(findings)) {
        const Diagnostics plugins = checkPlugins(setup.config, configFile_);
        findings.insert(findings.end(), plugins.begin(), plugins.end());
    }
    print(findings);
    if (hasErrors(findings)) return kConfigurationExit;
    std::cout << configFile_ << ": " << setup.config.plugins.size() << " plugins, " << setup.pipelines.size()
              << " pipelines, no errors\n";
    return 0;
}

int App::serve() {
    Setup setup = loadSetup(configFile_);
    if (hasErrors(setup.findings)) {
        print(setup.findings);
        std::cerr << "stepd does not start: correct the errors above and check with `stepd --config=" << configFile_
                  << " --check`\n";
        return kConfigurationExit;
    }
    log::open(levelOf(setup.config.log.level),
              setup.config.log.format == config::LogFormat::Json ? log::Format::Json : log::Format::Text);
    for (const auto& finding : setup.findings) log::warning(finding.text());
    int code = 0;
    try {
        Services services(std::move(setup), [] { terminate(); });
        services.start();
        waitForTheEnd(services);
        services.stop();
        code = exitCodeOf(services.failure());
    } catch (const Error& e) {
        log::fatal("stepd cannot go on", {{"error", e.what()}, {"code", toString(e.code())}});
        code = exitCodeOf(e.code());
    } catch (const std::exception& e) {
        log::fatal("stepd cannot go on", {{"error", e.what()}});
        code = kBugExit;
    }
    log::close();
    return code;
}

}  // namespace stepd::app
