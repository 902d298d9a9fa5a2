#pragma once

#include <string>

#include "support/daemon_process.h"

namespace stepd::torture {

struct Setup {
    std::string effectsFile;  ///< where each execution leaves a line
    std::string parkAfter = "100ms";
    int takeMs = 0;  ///< how long each step works
};

/// The key of POST /e/KEY.
extern const char* const kEventKey;

/// Writes a `stepd.yaml` with the plugin `torture` and all pipelines of tests/torture/pipelines.
void writeSetup(const test::TemporaryDirectory& directory, const Setup& setup);

/// The same with the plugin `versioned`, whose library lies in `plugins` of the directory, and no second tries.
void writeSwapSetup(const test::TemporaryDirectory& directory);

std::string effectsFile(const test::TemporaryDirectory& directory);
std::string databaseFile(const test::TemporaryDirectory& directory);

}  // namespace stepd::torture
