#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "host/library_file.h"
#include "host/plugin_spec.h"

namespace stepd::host {

/// What a library says about itself, as it was told once.
struct CatalogueEntry {
    FileStamp stamp;     ///< of the file that was asked
    std::string sha256;  ///< of the library
    PluginDescription description;
};

/// The entries of a catalogue as bytes, and back. Takes whatever bytes: what another stepd wrote, or nobody, holds no
/// entries.
std::string writeCatalogue(std::deque<CatalogueEntry> entries);
std::deque<CatalogueEntry> readCatalogue(std::string_view bytes);

/// What plugins say about themselves, without loading one into this process (hardening R18): a worker is asked, once
/// for each library, and thrown away. Answers are kept in a file, by device, inode, size, times and SHA-256; a file
/// that is bad is made anew, one that cannot be written is done without. Thread-safe; blocks.
class Catalogue {
public:
    using Described = Result<PluginDescription, std::string>;

    /// `file` empty: answers are kept in memory alone.
    Catalogue(HostOptions options, const Clock& clock, std::string file);

    /// The failure is one sentence, and is asked for anew each time. Waits for HostOptions::loadTimeout at most.
    Described describe(const PluginSpec& spec) EXCLUDES(mutex_);
    /// All of them, by name; a few at a time.
    std::map<std::string, Described> describeAll(const std::vector<PluginSpec>& specs) EXCLUDES(mutex_);

private:
    std::optional<PluginDescription> known(const Library& library) EXCLUDES(mutex_);
    void keep(const Library& library, const PluginDescription& description) EXCLUDES(mutex_);

    const HostOptions options_;
    const Clock& clock_;
    const std::string file_;
    Mutex mutex_;
    std::deque<CatalogueEntry> entries_ GUARDED_BY(mutex_);  ///< what was asked for last comes first
};

}  // namespace stepd::host
