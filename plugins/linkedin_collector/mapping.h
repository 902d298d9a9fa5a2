#pragma once

#include <string>
#include <vector>

#include "kit/option_reader.h"
#include "linkedin_collector/transform.h"

namespace stepd::linkedin {

/// RFC 6901; `""` is the whole document.
using Pointer = Json::json_pointer;

/// What `pointer` leads to in `document`; null where it leads nowhere.
const Json& lookUp(const Json& document, const Pointer& pointer);
/// Null, `""`, `[]` and `{}`.
bool isBlank(const Json& value);

/// Where a field comes from: the first of several places that gives something.
struct FieldRule {
    struct Source {
        Pointer pointer;
        std::vector<Transform> transforms;
    };
    std::string name;  ///< of our field
    std::vector<Source> sources;
    std::vector<FieldRule> each;  ///< fields of the items, for a list of objects

    /// Null if no place gives anything; with `each` always an array, of at most kMostItems objects.
    Json valueIn(const Json& document) const;

    static constexpr std::size_t kMostItems = 100;
    static constexpr std::size_t kMostCodePoints = 20'000;
};

/// Our fields out of a provider's answer, by configuration alone.
class Mapping {
public:
    Mapping() = default;
    /// Reads `{"full_name": "/name", "experience": {"from": ..., "each": {...}}}`; findings go to `reader`.
    explicit Mapping(kit::OptionReader reader);
    /// An object with every mapped field.
    Json apply(const Json& root) const;

private:
    std::vector<FieldRule> fields_;
};

}  // namespace stepd::linkedin
