// What a plugin calls to start a program, in front of the C library's own: these block all signals before they try, so
// that a refused call could not be caught and the kernel would answer without a word (syscall_filter.cpp). The filter
// keeps programs out; this only sees to it that people hear of it.
#include <dlfcn.h>
#include <spawn.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "worker/refusal_trap.h"

namespace {

bool refused() {
    return stepd::worker::noteRefusal({.number = SYS_execve});
}

template <typename Function>
Function* original(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

#define STEPD_IN_FRONT extern "C" __attribute__((visibility("default")))

STEPD_IN_FRONT int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
    if (refused()) return EPERM;
    return original<decltype(posix_spawn)>("posix_spawn")(pid, path, actions, attributes, arguments, environment);
}

STEPD_IN_FRONT int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
    if (refused()) return EPERM;
    return original<decltype(posix_spawnp)>("posix_spawnp")(pid, file, actions, attributes, arguments, environment);
}

STEPD_IN_FRONT int system(const char* command) {
    if (!refused()) return original<decltype(system)>("system")(command);
    errno = EPERM;
    return command == nullptr ? 0 : -1;
}

STEPD_IN_FRONT FILE* popen(const char* command, const char* mode) {
    if (!refused()) return original<decltype(popen)>("popen")(command, mode);
    errno = EPERM;
    return nullptr;
}
