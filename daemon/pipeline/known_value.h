#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cel/type.h"
#include "yaml/node.h"

namespace stepd::pipeline {

/// The type of what a scalar with expressions gives; absent if it holds none and is what it says.
using ExpressionTypes = std::function<std::optional<cel::Type>(const yaml::Node& scalar)>;

/// A value as far as it is known before a run: written in the file, or the type of an expression, or what lies inside
/// of one. Borrows its node.
class KnownValue {
public:
    enum class Kind { Unknown, Null, Bool, Int, Float, Text, List, Object };

    KnownValue(const yaml::Node& node, std::string path, const ExpressionTypes& types);

    Kind kind() const { return kind_; }
    yaml::Mark mark() const { return node_.mark; }
    const std::string& path() const { return path_; }
    /// Last part of the path, as findings call it: `url`, `pages[2]`.
    std::string name() const;
    /// With its article, for findings; of an expression, its type.
    std::string text() const;

    /// Whether it stands in the file, so that all of it is known but for the expressions inside.
    bool isWritten() const { return !type_; }
    /// The scalar, if the value is written in the file and is one.
    const yaml::Node* literal() const;
    /// Of a mapping in the file: null for anything else.
    const yaml::Node* mapping() const;

    /// Those that are known, of an object.
    std::vector<std::pair<std::string, KnownValue>> members(const ExpressionTypes& types) const;
    /// Those that are known, of a list; of an expression, one for all.
    std::vector<KnownValue> items(const ExpressionTypes& types) const;
    /// Whether it is an object that cannot have this member.
    bool lacks(std::string_view key) const;

private:
    KnownValue(const KnownValue& whole, std::string path, cel::Type type);

    const yaml::Node& node_;
    std::string path_;
    std::optional<cel::Type> type_;  ///< of an expression
    Kind kind_;
};

}  // namespace stepd::pipeline
