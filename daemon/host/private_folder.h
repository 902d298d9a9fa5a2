#pragma once

#include <string>

#include "base/file_descriptor.h"

namespace stepd::host {

/// A temporary directory of one worker, mode 0700, which goes with its owner: `stepd-worker-XXXXXX`. It is locked while
/// it is in use, so that what a killed daemon leaves behind can be told from what another one needs. One thread at a
/// time.
class PrivateFolder {
public:
    /// In `parent`, or where that is empty, not there or not ours, in the system's directory for temporary files (a
    /// configuration is checked by anyone). Throws Error{System}.
    explicit PrivateFolder(const std::string& parent);
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    /// Removes it and all within; what is large goes in a thread of its own. Nobody may write there any more.
    ~PrivateFolder();

    const std::string& path() const { return path_; }

private:
    bool makeIn(const std::string& parent);

    std::string path_;
    FileDescriptor lock_;
};

/// Removes those in `parent` that nobody uses any more, in a thread of its own.
void sweepPrivateFolders(const std::string& parent);

/// Removes a folder with all within, however deep, without following links or opening more than a few descriptors at
/// once. False if something could not be removed.
bool removeFolder(const std::string& path);

}  // namespace stepd::host
