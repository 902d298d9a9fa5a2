#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "yaml/node.h"

namespace stepd::yaml {

/// Hardening R28.
struct Limits {
    std::size_t bytes = 1U << 20;
    std::size_t depth = 32;
    std::size_t nodes = 100'000;   ///< as written; keys count
    std::size_t aliased = 10'000;  ///< nodes that aliases add when expanded
};

/// A file as a tree. With errors among `findings` the tree may be partial or absent.
struct Document {
    NodePtr root;  ///< null if the text is no YAML at all; of kind Null if it is empty
    Diagnostics findings;
};

/// Reads one YAML 1.2 document of the core schema, strictly: duplicate keys, keys that are no scalar, tabs that indent,
/// tags other than the core ones, aliases inside their own anchor, a second document, control characters, invalid UTF-8
/// and what exceeds the limits are errors. Anchors and merge keys (`<<`) work. `file` is for the findings. Never throws
/// for the text.
Document parse(std::string_view text, const std::string& file, const Limits& limits = {});

/// The whole file; a finding if it cannot be read or is larger than `limit` bytes.
struct FileText {
    std::string text;
    Diagnostics findings;
};
FileText readFile(const std::string& path, std::size_t limit = Limits{}.bytes);

}  // namespace stepd::yaml
