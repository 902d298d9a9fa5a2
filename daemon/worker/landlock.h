#pragma once

#include <cstdint>
#include <string>

#include "base/file_descriptor.h"

namespace stepd::worker {

/// The version of Landlock's interface that the kernel offers: 1 since Linux 5.13, 2 on Debian 12 (6.1), 3 with
/// truncate (6.2), 4 with TCP (6.7), 5 with ioctl on devices (6.10), 6 with scopes of signals and abstract sockets
/// (6.12). Throws Error{System} if there is none, with the reason.
int landlockAbi();

inline constexpr int kLandlockTruncate = 3, kLandlockTcp = 4, kLandlockDevices = 5, kLandlockScopes = 6;

/// Rules on what the process and its children may open. What no rule names is refused: reading, writing, making,
/// removing, moving, executing files; where the kernel can, also TCP, ioctl on devices, signals and abstract sockets to
/// processes outside. Landlock's own documentation: docs.kernel.org/userspace-api/landlock.html.
class LandlockRules {
public:
    enum class Access {
        Read,         ///< files and folders
        ReadExecute,  ///< and start programs
        Device,       ///< read and write a file that is there
        Write,        ///< all that makes sense beneath a folder, but for devices and programs
    };

    enum class Signals {
        Inside,   ///< only to processes under these very rules, where the kernel can
        Anybody,  ///< the end of a process with these rules kills its child even where that has rules of its own
    };

    /// Throws Error{System}.
    LandlockRules(int abi, Signals signals);
    /// The file or folder, and all beneath it. False if it is not there. Throws Error{System}.
    bool allow(const std::string& path, Access access);
    /// What is open.
    void allow(int descriptor, Access access);
    /// From now on, for this thread and all that it starts. Needs no_new_privs. Throws Error{System}.
    void enforce();

private:
    static std::uint64_t scopesOf(int abi, Signals signals);

    int abi_;
    FileDescriptor ruleset_;
};

}  // namespace stepd::worker
