#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"
#include "host/library_file.h"
#include "host/swap.h"

namespace stepd::host {

/// A build that takes, or took, the calls of a plugin.
struct KeptBuild {
    BuildName name;
    Timestamp since{};      ///< when calls went to it last
    bool heldBack = false;  ///< it was rolled back: its file is not taken again unless somebody asks for it
};

/// The latest builds of each plugin, so that they can run again whatever lies at the plugin's path by now: for runs
/// that are pinned to one, and to roll back. Holds their libraries open and, with a directory, keeps copies of them
/// there, by SHA-256, with an index. What is read back is believed as far as it fits: a bad index is an empty one, and
/// a copy whose bytes are not those of its name is none. Thread-safe; all but `builds` blocks on the disk.
class BuildShelf {
public:
    /// Of each plugin, the current one among them.
    static constexpr std::size_t kBuilds = 5;

    /// `directory` is made if need be; empty: nothing outlives the process.
    explicit BuildShelf(std::string directory);

    /// Why no copies are kept, although there is a directory; empty: they are.
    const std::string& problem() const { return problem_; }

    /// Our own copy of the library, which nobody else can write to; the library itself if none can be made.
    LibraryPtr keep(const LibraryPtr& library);
    /// The build takes the plugin's calls from now on, and is not held back. The oldest one beyond kBuilds is
    /// forgotten.
    void use(const std::string& plugin, const LibraryPtr& library, const BuildName& name, Timestamp now)
        EXCLUDES(mutex_);
    void holdBack(const std::string& plugin, const std::string& sha256) EXCLUDES(mutex_);
    bool isHeldBack(const std::string& plugin, const std::string& sha256) const EXCLUDES(mutex_);
    /// Forgets the builds of all other plugins.
    void retain(const std::set<std::string>& plugins) EXCLUDES(mutex_);

    /// The one that was used last comes first.
    std::vector<KeptBuild> builds(const std::string& plugin) const EXCLUDES(mutex_);
    /// Null if it is not there any more.
    LibraryPtr take(const std::string& plugin, const std::string& sha256) EXCLUDES(mutex_);

private:
    struct Entry {
        KeptBuild build;
        LibraryPtr library;  ///< null: in the directory alone
    };
    using Entries = std::deque<Entry>;

    std::string pathOf(const std::string& sha256) const { return directory_ + "/" + sha256 + ".so"; }
    LibraryPtr openCopy(const std::string& sha256) const;
    void load() REQUIRES(mutex_);
    void save() const REQUIRES(mutex_);
    void prune() const REQUIRES(mutex_);

    std::string directory_;
    std::string problem_;
    mutable Mutex mutex_;
    std::map<std::string, Entries> plugins_ GUARDED_BY(mutex_);
};

}  // namespace stepd::host
