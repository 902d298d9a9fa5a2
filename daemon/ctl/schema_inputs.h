#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "ctl/client.h"
#include "pipeline/json_schema.h"

namespace stepd::ctl {

/// Makes JSON up from a JSON Schema: what it allows, what it just so allows, what it forbids, and what it never thought
/// of. All chance comes from `random`. Knows type, enum, const, properties, items, limits, anyOf, oneOf, allOf and $ref
/// inside of the document; strings with names such as `url`, `domain` and `email` are made fit for a collector. One
/// thread at a time.
class SchemaInputs {
public:
    /// `schema` may be empty: any object. `example` is an input that is known to work; it is one of the valid ones.
    SchemaInputs(const std::string& schema, std::optional<Json> example, Random& random);

    /// Fulfils the schema, if fifty tries find one that does.
    Json valid();
    /// Likewise, of the smallest, largest, emptiest and longest values.
    Json boundary();
    /// A valid one with one thing wrong in one place.
    Json invalid();
    /// JSON texts that nobody expects: other types, deep, huge, many keys, strange characters.
    std::vector<std::string> hostile();

private:
    enum class Size { Usual, Extreme };
    Json made(Size size);
    Json value(const Json& schema, std::string_view name, Size size, int depth);
    Json typed(const std::string& type, const Json& schema, std::string_view name, Size size, int depth);
    Json object(const Json& schema, Size size, int depth);
    Json array(const Json& schema, std::string_view name, Size size, int depth);
    Json number(const Json& schema, Size size, bool whole);
    std::string text(const Json& schema, std::string_view name, Size size);
    const Json& resolved(const Json& schema) const;
    bool chance(unsigned percent) { return random_.next() % 100 < percent; }
    template <typename T>
    const T& oneOf(const std::vector<T>& items) {
        return items[random_.next() % items.size()];
    }

    Json schema_;
    std::optional<pipeline::JsonSchema> compiled_;
    std::vector<Json> examples_;
    Random& random_;
};

}  // namespace stepd::ctl
