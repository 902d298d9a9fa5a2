#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepd/json.h>

namespace stepd::website {

/// schema.org objects of a page, flattened: those of arrays and `@graph` stand beside each other, in order.
struct JsonLd {
    std::vector<Json> objects;
    std::size_t broken = 0;  ///< scripts that no tolerance could read
};

/// Reads the texts of `application/ld+json` scripts. Accepts what is common and wrong: comment and CDATA wrappers, raw
/// control characters, trailing commas. Never throws on bad data.
JsonLd readJsonLd(const std::vector<std::string>& scripts);

/// `@type` is `type`, or a list that holds it; a schema.org prefix does not matter.
bool hasType(const Json& object, std::string_view type);
/// Organization or one of its subtypes.
bool isOrganization(const Json& object);

/// A member as text: a string, a number, the `name`, `url` or `@value` of an object, the first of a list. Empty if
/// none.
std::string textMember(const Json& object, const char* name);
/// As textMember(), each of a list.
std::vector<std::string> textMembers(const Json& object, const char* name);

}  // namespace stepd::website
