#pragma once

#include <functional>
#include <string>

#include "host/library_file.h"
#include "host/plugin_spec.h"

namespace stepd::host {

/// Which code it is, for people and for pins. All empty: none.
struct BuildName {
    std::string build;    ///< what runs are pinned to
    std::string version;  ///< as the plugin says; empty until a worker has loaded it
    std::string sha256;   ///< of the library
    friend bool operator==(const BuildName&, const BuildName&) = default;
};

/// A plugin as it is to run from now on.
struct Declaration {
    PluginSpec spec;
    LibraryPtr library;   ///< null: it cannot be used
    std::string problem;  ///< then one sentence
};

/// What became of a plugin that was declared anew.
struct Swap {
    enum class Kind {
        Unchanged,  ///< it runs like that already
        Replaced,   ///< new calls go to the new one
        Loaded,     ///< there was none before that worked
        Kept,       ///< the new one cannot be used: the one before goes on
        Broken,     ///< likewise, and there is none before
    };
    std::string plugin;
    Kind kind = Kind::Unchanged;
    BuildName before, after;  ///< `after` is what takes calls now
    std::string sentence;     ///< why, if Kept or Broken
};
const char* toString(Swap::Kind kind);
using SwapDone = std::function<void(Swap)>;

}  // namespace stepd::host
