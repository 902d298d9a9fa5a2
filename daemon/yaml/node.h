#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::yaml {

/// A place in a file. Lines and columns are from 1, columns in characters; line 0: the file as a whole.
struct Mark {
    int line = 0;
    int column = 0;
};

/// What a node is by the core schema (YAML 1.2.2 section 10.3): `yes`, `on` and `12:30` are text.
enum class Kind { Null, Bool, Int, Float, Text, Sequence, Mapping };

/// With its article, for findings: `a text`, `a mapping`.
const char* describe(Kind kind);

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Entry {
    std::string key;
    Mark mark;  ///< of the key
    NodePtr value;
};

/// One value of a document. Immutable once parsed; an alias shares the node of its anchor, hence the shared pointers.
/// So does a merge, and both keep the place of the original.
struct Node {
    Kind kind = Kind::Null;
    Mark mark;
    std::string text;            ///< of a scalar, unescaped
    std::vector<NodePtr> items;  ///< of a sequence
    std::vector<Entry> entries;  ///< of a mapping, as written; merged ones follow. Keys are unique
    std::string origin;          ///< where it comes from if not from the file: `environment STEPD_LOG__LEVEL`

    bool isScalar() const { return kind != Kind::Sequence && kind != Kind::Mapping; }
    /// Null if it has no such key, or is no mapping.
    const Entry* find(std::string_view key) const;
    /// Absent unless it is an Int that fits.
    std::optional<std::int64_t> integer() const;
    /// Absent unless it is an Int or a finite Float.
    std::optional<double> number() const;
    /// Absent unless it is a Bool.
    std::optional<bool> boolean() const;

    /// The place of byte `offset` of `text`; `mark` where folding or escapes hide it.
    Mark at(std::size_t offset) const;

    /// How `text` lies in the file, for `at`.
    enum class Layout { Hidden, OneLine, Literal };
    Layout layout = Layout::Hidden;
    Mark content;  ///< of the first character of `text`

    std::size_t weight = 1;  ///< nodes below and with it, aliases expanded
    std::size_t height = 1;  ///< levels below and with it
};

}  // namespace stepd::yaml
