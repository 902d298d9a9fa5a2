#pragma once

namespace stepd::worker {

/// The system calls that a plugin may make whatever their arguments are: each works on the process itself, on what it
/// has open, or on files, where Landlock decides. Those that depend on an argument stand in syscall_filter.cpp.
///
/// Left out on purpose, beside what only root may do: socket, connect, bind, accept (HTTP goes through the host);
/// chmod, chown, utimes, setxattr by path and inotify (Landlock does not look after them); io_uring (its operations
/// pass every filter by); ptrace, process_vm_*, kcmp, pidfd_* (other processes); setsid, setpgid (the host kills the
/// group); shm*, sem*, msg*, mq_* (shared by all processes of the user); keyctl, bpf, perf_event_open, userfaultfd;
/// unshare, setns, mount, chroot; capset, set*id; memory policy and migration; setrlimit.
// clang-format off
inline constexpr const char* kHarmlessCalls[] = {
    // what is open
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2", "lseek", "_llseek",
    "close", "close_range", "dup", "dup2", "dup3", "fstat", "fstatfs", "fsync", "fdatasync", "sync_file_range", "ftruncate",
    "fallocate", "fadvise64", "readahead", "flock", "getdents", "getdents64", "copy_file_range", "sendfile", "splice", "tee",
    "fgetxattr", "flistxattr", "fchdir",
    // files by path
    "access", "faccessat", "faccessat2", "stat", "lstat", "newfstatat", "fstatat64", "statx", "statfs", "readlink",
    "readlinkat", "getxattr", "lgetxattr", "listxattr", "llistxattr", "getcwd", "chdir", "umask", "rmdir",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
    // memory
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "msync", "mincore", "mlock", "mlock2", "munlock", "mlockall",
    "munlockall", "membarrier", "memfd_create", "pkey_alloc", "pkey_free", "pkey_mprotect", "get_mempolicy",
    // threads and the process
    "exit", "exit_group", "futex", "futex_waitv", "set_robust_list", "set_tid_address", "rseq", "arch_prctl", "gettid",
    "getpid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid",
    "getgroups", "capget", "getpriority", "getrlimit", "getrusage", "getcpu", "sched_yield", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
    "sched_rr_get_interval", "wait4", "waitid", "restart_syscall", "uname", "sysinfo", "getrandom",
    // time
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "alarm", "getitimer",
    "setitimer", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create",
    "timerfd_gettime", "timerfd_settime",
    // its own signals
    "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack",
    "signalfd", "signalfd4", "pause",
    // waiting and pipes
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "eventfd", "eventfd2", "pipe", "pipe2",
    // the channel, which is open already
    "recvfrom", "recvmsg", "recvmmsg", "sendmsg", "sendmmsg", "shutdown", "getsockname", "getpeername", "getsockopt",
};
// clang-format on

}  // namespace stepd::worker
