#include "worker/confinement.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "host/memory_allowance.h"

namespace stepd::worker {
namespace {

void limit(__rlimit_resource resource, rlim_t value, const char* what) {
    const rlimit both{value, value};
    if (::setrlimit(resource, &both) != 0) throwErrno(errno, std::string("cannot limit ") + what);
}

}  // namespace

void confine() {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) throwErrno(errno, "cannot tie the worker to the daemon");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throwErrno(errno, "cannot set no_new_privs");
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) throwErrno(errno, "cannot forbid dumps");
    limit(RLIMIT_CORE, 0, "core files");
}

void limitResources(const PluginLimits& limits, std::uint32_t threads) {
    constexpr rlim_t kDescriptors = 1024;
    limit(RLIMIT_NOFILE, kDescriptors, "open files");
    if (limits.memoryBytes != 0 && host::kLimitsMemory)
        limit(RLIMIT_DATA, limits.memoryBytes + host::memoryAllowance(threads), "memory");
    if (struct sysinfo system{}; limits.threads != 0 && ::sysinfo(&system) == 0)
        limit(RLIMIT_NPROC, system.procs + limits.threads, "threads");
    if (limits.fileBytes != 0) limit(RLIMIT_FSIZE, limits.fileBytes, "the size of files");
}

}  // namespace stepd::worker
