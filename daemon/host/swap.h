#pragma once

#include <functional>
#include <string>

#include "host/library_file.h"
#include "host/plugin_spec.h"

namespace stepd::host {

/// A plugin as it is to run from now on.
struct Declaration {
    PluginSpec spec;
    LibraryPtr library;   ///< null: it cannot be used
    std::string problem;  ///< then one sentence
    std::string notUsed;  ///< why it is not what lies at the path; empty: it is
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
