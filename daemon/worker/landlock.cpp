#include "worker/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/error.h"

namespace stepd::worker {
namespace {

// Debian 12's headers end with ABI 2.
constexpr std::uint64_t kTruncate = 1U << 14, kIoctlDevice = 1U << 15;
constexpr std::uint64_t kBindTcp = 1U << 0, kConnectTcp = 1U << 1;
constexpr std::uint64_t kAbstractSockets = 1U << 0, kSignals = 1U << 1;

/// struct landlock_ruleset_attr as of ABI 6; older kernels take the beginning.
struct RulesetAttributes {
    std::uint64_t files, net, scopes;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kAllOfAbi1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;
/// The rights that a rule on a file, not a folder, may name.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | kTruncate | kIoctlDevice;

std::uint64_t filesOf(int abi) {
    std::uint64_t files = kAllOfAbi1;
    if (abi >= 2) files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= kLandlockTruncate) files |= kTruncate;
    if (abi >= kLandlockDevices) files |= kIoctlDevice;
    return files;
}

std::uint64_t rightsOf(LandlockRules::Access access) {
    switch (access) {
        case LandlockRules::Access::Read: return kRead;
        case LandlockRules::Access::ReadExecute: return kRead | LANDLOCK_ACCESS_FS_EXECUTE;
        case LandlockRules::Access::Device: return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
        case LandlockRules::Access::Write: return kWrite;
    }
    return 0;
}

}  // namespace

int landlockAbi() {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi >= 1) return static_cast<int>(abi);
    if (errno == ENOSYS) throw Error(ErrorCode::System, "this kernel has no Landlock: it needs Linux 5.13 or later");
    if (errno == EOPNOTSUPP)
        throw Error(ErrorCode::System, "Landlock is switched off: add it to lsm= of the kernel's command line");
    throwErrno(errno, "Landlock cannot be asked for");
}

std::uint64_t LandlockRules::scopesOf(int abi, Signals signals) {
    if (abi < kLandlockScopes) return 0;
    return signals == Signals::Inside ? kAbstractSockets | kSignals : kAbstractSockets;
}

LandlockRules::LandlockRules(int abi, Signals signals) : abi_(abi) {
    constexpr std::array<std::size_t, 7> kSizes{0, 8, 8, 8, 16, 16, 24};
    const RulesetAttributes attributes{.files = filesOf(abi),
                                       .net = abi >= kLandlockTcp ? kBindTcp | kConnectTcp : 0,
                                       .scopes = scopesOf(abi, signals)};
    const auto size = kSizes[static_cast<std::size_t>(std::min<int>(abi, kSizes.size() - 1))];
    ruleset_ = FileDescriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
    if (!ruleset_.valid()) throwErrno(errno, "cannot make a Landlock ruleset");
}

bool LandlockRules::allow(const std::string& path, Access access) {
    const FileDescriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (file.valid()) return allow(file.get(), access), true;
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return false;
    throwErrno(errno, "cannot open " + path + " for Landlock");
}

void LandlockRules::allow(int descriptor, Access access) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) throwErrno(errno, "cannot look at what Landlock is to allow");
    landlock_path_beneath_attr rule{};
    rule.allowed_access = rightsOf(access) & filesOf(abi_);
    if (!S_ISDIR(status.st_mode)) rule.allowed_access &= kOfFiles;
    rule.parent_fd = descriptor;
    if (::syscall(SYS_landlock_add_rule, ruleset_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        throwErrno(errno, "cannot add a Landlock rule");
}

void LandlockRules::enforce() {
    if (::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0) throwErrno(errno, "cannot enforce Landlock");
    ruleset_.reset();
}

}  // namespace stepd::worker
