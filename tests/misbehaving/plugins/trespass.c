/* Steps that reach for what is not theirs. Each says what became of it; where it would harm others if nobody refused
 * it, it does what is refused likewise and harms nobody. */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "misbehave.h"

static int open_below(stepd_str input, const char* name, int flags) {
    char directory[512], path[1024];
    field(input, "directory", directory, sizeof directory);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return open(path, flags | O_CLOEXEC, 0600);
}
static int open_of_daemon(const char* name, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", getppid(), name);
    return open(path, flags | O_CLOEXEC);
}

/* --- the daemon and other processes */
STEP(kills_the_daemon) {
    return tried(ctx, "kill", kill(getppid(), SIGKILL));
}
STEP(stops_the_daemon) {
    return tried(ctx, "kill", kill(getppid(), SIGSTOP));
}
STEP(kills_its_group) {
    return tried(ctx, "kill", kill(0, SIGKILL));
}
/* Signal 0 asks whether it could. */
STEP(kills_everybody) {
    return tried(ctx, "kill", kill(-1, 0));
}
STEP(kills_the_daemon_by_its_descriptor) {
    const long pidfd = syscall(SYS_pidfd_open, getppid(), 0);
    return tried(ctx, "pidfd", pidfd < 0 ? pidfd : syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
}
STEP(traces_the_daemon) {
    return tried(ctx, "ptrace", ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}
STEP(reads_the_daemons_memory) {
    char byte = 0;
    struct iovec ours = {&byte, 1}, theirs = {(void*)(uintptr_t)&byte, 1};
    return tried(ctx, "process_vm_readv", process_vm_readv(getppid(), &ours, 1, &theirs, 1, 0));
}
STEP(opens_the_daemons_memory) {
    return tried(ctx, "open", open_of_daemon("mem", O_RDWR));
}
STEP(reads_the_daemons_environment) {
    return tried(ctx, "open", open_of_daemon("environ", O_RDONLY));
}
STEP(takes_the_daemons_descriptors) {
    return tried(ctx, "open", open_of_daemon("fd/3", O_RDWR));
}
STEP(limits_the_daemon) {
    const struct rlimit none = {0, 0};
    return tried(ctx, "prlimit", prlimit(getppid(), RLIMIT_MSGQUEUE, &none, NULL));
}

/* --- files */
STEP(reads_the_shadow) {
    return tried(ctx, "open", open("/etc/shadow", O_RDONLY));
}
STEP(reads_the_operators_key) {
    return tried(ctx, "open", open_below(input, "var/operator.key", O_RDONLY));
}
STEP(reads_the_database) {
    return tried(ctx, "open", open_below(input, "var/stepd.db", O_RDONLY));
}
STEP(reads_the_configuration) {
    return tried(ctx, "open", open_below(input, "stepd.yaml", O_RDONLY));
}
STEP(writes_outside) {
    return tried(ctx, "open", open_below(input, "outside", O_WRONLY | O_CREAT));
}
STEP(climbs_out_of_its_folder) {
    return tried(ctx, "open", open("../../outside", O_WRONLY | O_CREAT, 0600));
}
STEP(writes_to_its_library) {
    char plugins[512], path[1024];
    snprintf(path, sizeof path, "%s/trespass.so", field(input, "plugins", plugins, sizeof plugins));
    return tried(ctx, "open", open(path, O_WRONLY));
}
STEP(removes_the_database) {
    char directory[512], path[1024];
    snprintf(path, sizeof path, "%s/var/stepd.db", field(input, "directory", directory, sizeof directory));
    return tried(ctx, "unlink", unlink(path));
}
STEP(opens_its_folder_to_all) {
    char directory[512];
    return tried(ctx, "chmod", chmod(field(input, "directory", directory, sizeof directory), 0777));
}
STEP(links_the_shadow) {
    return tried(ctx, "link", link("/etc/shadow", "mine"));
}
STEP(loads_another_plugin) {
    char plugins[512], path[1024];
    snprintf(path, sizeof path, "%s/c_echo.so", field(input, "plugins", plugins, sizeof plugins));
    errno = 0;
    return dlopen(path, RTLD_NOW) == NULL ? done(ctx, "\"refused\"") : done(ctx, "\"allowed\"");
}

/* --- the network */
STEP(opens_a_socket) {
    return tried(ctx, "socket", socket(AF_INET, SOCK_STREAM, 0));
}
STEP(opens_a_raw_socket) {
    return tried(ctx, "socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
STEP(opens_a_local_socket) {
    return tried(ctx, "socket", socket(AF_UNIX, SOCK_STREAM, 0));
}
STEP(listens_to_the_kernel) {
    return tried(ctx, "socket", socket(AF_NETLINK, SOCK_RAW, 0));
}
/* As a plugin would that does not look what it is told: its failure is that of the sandbox. */
STEP(connects_out) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || connect(fd, (const struct sockaddr*)&address, sizeof address) < 0)
        return fails(ctx, STEPD_TRANSIENT, (stepd_error_v1){.code = TEXT("no_connection")});
    return done(ctx, "1");
}

/* --- what it was made with */
STEP(raises_its_limits) {
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    return tried(ctx, "setrlimit", setrlimit(RLIMIT_CORE, &more));
}
STEP(unties_itself_from_the_daemon) {
    return tried(ctx, "prctl", prctl(PR_SET_PDEATHSIG, 0));
}
STEP(opens_itself_to_tracers) {
    return tried(ctx, "prctl", prctl(PR_SET_DUMPABLE, 1));
}
STEP(changes_its_root) {
    return tried(ctx, "chroot", chroot("/"));
}
STEP(mounts) {
    return tried(ctx, "mount", mount("none", "/proc", "misbehaving", MS_REMOUNT | MS_BIND, NULL));
}
STEP(makes_namespaces) {
    return tried(ctx, "unshare", unshare(CLONE_NEWUSER | CLONE_NEWNET));
}
STEP(becomes_another_user) {
    return tried(ctx, "setresuid", syscall(SYS_setresuid, 0, 0, 0));
}
STEP(leaves_its_group) {
    return tried(ctx, "setpgid", setpgid(0, getpgid(getppid())));
}
STEP(takes_the_processor) {
    const struct sched_param most = {.sched_priority = 99};
    return tried(ctx, "sched_setscheduler", sched_setscheduler(0, SCHED_FIFO, &most));
}
/* No time at all, which would be refused in any case. */
STEP(sets_the_clock) {
    const struct timespec never = {.tv_sec = -1, .tv_nsec = -1};
    return tried(ctx, "clock_settime", syscall(SYS_clock_settime, CLOCK_REALTIME, &never));
}
STEP(speaks_to_the_kernels_depths) {
    char page[4096] = {0};
    const struct {
        const char* name;
        long result;
    } calls[] = {
        {"bpf", syscall(SYS_bpf, 0, page, sizeof page)},
        {"perf_event_open", syscall(SYS_perf_event_open, page, 0, -1, -1, 0)},
        {"userfaultfd", syscall(SYS_userfaultfd, 0)},
        {"io_uring_setup", syscall(SYS_io_uring_setup, 1, page)},
        {"keyctl", syscall(SYS_keyctl, 0, -1, 0)},
        {"init_module", syscall(SYS_init_module, page, 0, "")},
        {"name_to_handle_at", syscall(SYS_name_to_handle_at, 0, "/", page, page, 0)},
    };
    int refused = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i) refused += calls[i].result < 0 ? 1 : 0;
    return done(ctx, "{\"refused\":%d}", refused);
}

/* --- other programs */
STEP(becomes_a_shell) {
    char* const arguments[] = {"sh", "-c", "exit 5", NULL};
    return tried(ctx, "execve", execve("/bin/sh", arguments, arguments + 3));
}
STEP(starts_a_shell) {
    const int status = system("exit 5");
    return WIFEXITED(status) && WEXITSTATUS(status) == 5 ? done(ctx, "\"allowed\"") : done(ctx, "\"refused\"");
}
STEP(spawns_a_shell) {
    char* const arguments[] = {"sh", "-c", "exit 5", NULL};
    pid_t pid = 0;
    errno = posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, arguments + 3);
    return tried(ctx, "posix_spawn", errno == 0 ? 0 : -1);
}
STEP(runs_a_program_of_its_own) {
    const int fd = memfd_create("program", MFD_CLOEXEC);
    char* const none[] = {NULL};
    (void)!write(fd, "#!/bin/sh\n", 10);
    return tried(ctx, "fexecve", fexecve(fd, none, none));
}
STEP(forks) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    return tried(ctx, "fork", child);
}
/* At most 64 of them, should nobody refuse it. */
STEP(forks_without_end) {
    for (int i = 0; i < 6; ++i) fork();
    for (;;) pause();
}
/* Out of its group, its session and its parent's sight. */
STEP(makes_itself_a_daemon) {
    const pid_t child = fork();
    if (child < 0) return tried(ctx, "fork", child);
    if (child == 0) {
        setsid();
        if (fork() == 0)
            for (;;) pause();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return done(ctx, "\"allowed\"");
}
/* The library goes away while it runs. */
STEP(unloads_itself) {
    Dl_info info;
    if (dladdr((void*)(uintptr_t)&open_below, &info) == 0) return STEPD_BUG;
    void* handle = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    for (int i = 0; handle != NULL && i < 8; ++i) dlclose(handle);
    return done(ctx, "%d", handle != NULL);
}

/* --- the folder that it was given */
STEP(leaves_a_mess) {
    const char* folder = getenv("TMPDIR");
    if (folder == NULL || chdir(folder) != 0) return done(ctx, "\"no folder\"");
    for (int i = 0; i < 200; ++i)
        if (mkdir("deeper", 0700) != 0 || chdir("deeper") != 0) break;
    close(open("\n\x1b[2J", O_WRONLY | O_CREAT | O_CLOEXEC, 0));
    (void)!symlink("/", "root");
    mkdir("locked", 0);
    abort();
}

PLUGIN("trespass")
