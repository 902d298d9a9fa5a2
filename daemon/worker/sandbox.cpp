#include "worker/sandbox.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

#include "base/error.h"
#include "worker/landlock.h"
#include "worker/refusal_trap.h"
#include "worker/syscall_filter.h"

namespace stepd::worker {
namespace {

using Access = LandlockRules::Access;

/// Libraries, locales and time zones, and what libraries look up when they start.
constexpr std::array kSystemPaths{"/usr",
                                  "/bin",
                                  "/sbin",
                                  "/lib",
                                  "/lib32",
                                  "/lib64",
                                  "/libx32",
                                  "/etc/ld.so.cache",
                                  "/etc/ld.so.preload",
                                  "/etc/localtime",
                                  "/etc/timezone",
                                  "/etc/ssl/certs",
                                  "/etc/ssl/openssl.cnf"};
/// Of /proc this process alone: others of the same user would show their environment and memory. The link is followed
/// now, so a program that the plugin starts does not see itself there.
constexpr std::array kInformation{"/proc/self", "/proc/self/exe", "/sys/devices/system/cpu"};
constexpr std::array kDevices{"/dev/null", "/dev/zero", "/dev/full"};
constexpr std::array kSources{"/dev/urandom", "/dev/random"};

/// Matters where the daemon runs as root: with them root reads, kills and traces whatever it likes.
void dropCapabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) throwErrno(errno, "cannot read the capabilities");
    const bool any = [&] {
        for (const auto& set : sets)
            if (set.permitted != 0 || set.effective != 0 || set.inheritable != 0) return true;
        return false;
    }();
    if (!any) return;
    sets = {};
    if (::syscall(SYS_capset, &header, sets.data()) != 0) throwErrno(errno, "cannot drop capabilities");
}

void guardFiles(int abi, const host::SandboxOrder& order, const SandboxNeeds& needs, host::SandboxReport& report) {
    // A scope would keep from the child the signal of our own end, too.
    LandlockRules rules(abi, needs.child ? LandlockRules::Signals::Anybody : LandlockRules::Signals::Inside);
    const Access read = order.processes || needs.program ? Access::ReadExecute : Access::Read;
    for (const char* path : kSystemPaths) rules.allow(path, read);
    for (const char* path : kInformation) rules.allow(path, Access::Read);
    for (const char* path : kSources) rules.allow(path, Access::Read);
    for (const char* path : kDevices) rules.allow(path, Access::Device);
    for (const int file : needs.readable) rules.allow(file, Access::Read);
    for (const int file : needs.executable) rules.allow(file, Access::ReadExecute);
    const auto grant = [&](const std::string& path, Access access) {
        if (!rules.allow(path, access)) report.findings.push_back(path + " is granted, but it is not there");
    };
    for (const auto& path : order.read) grant(path, read);
    for (const auto& path : order.write) grant(path, Access::Write);
    if (!order.temporaryDirectory.empty()) grant(order.temporaryDirectory, Access::Write);
    rules.enforce();
    report.landlockAbi = abi;
}

void guardCalls(const host::SandboxOrder& order, const SandboxNeeds& needs, host::SandboxReport& report) {
    const FilterOptions options{.program = needs.program,
                                .processes = order.processes,
                                .truncateGuarded = report.landlockAbi >= kLandlockTruncate,
                                .signalsGuarded = report.landlockAbi >= kLandlockScopes};
    if (needs.refusals != nullptr && !options.startsPrograms()) catchRefusals(*needs.refusals);
    filterSystemCalls(options);
    report.seccomp = true;
}

}  // namespace

host::SandboxReport enterSandbox(const host::SandboxOrder& order, const SandboxNeeds& needs) {
    host::SandboxReport report;
    if (order.mode == SandboxMode::Off) return report;
    dropCapabilities();
    const auto layer = [&](const char* name, const std::function<void()>& set) {
        try {
            set();
        } catch (const Error& error) {
            const std::string sentence = std::string("the sandbox lacks ") + name + ": " + error.what();
            if (order.mode == SandboxMode::Required)
                throw Error(ErrorCode::System, sentence + "; `sandbox: available` of this plugin does without it");
            report.findings.push_back(sentence);
        }
    };
    layer("Landlock", [&] { guardFiles(landlockAbi(), order, needs, report); });
    // Last, as it refuses what the others need.
    layer("seccomp", [&] { guardCalls(order, needs, report); });
    return report;
}

}  // namespace stepd::worker
