#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::cel {

// The owner of daemon/cel designs this type; what the other modules rely on is:
//
//   class Value                     value semantics, cheap to copy (shared immutable lists, maps, strings)
//   Value::null(), boolean(bool), integer(int64), string(std::string), list(vector<Value>), map(vector<pair<Value, Value>>) ...
//   bool isNull(), isBool(), ...    std::optional<bool> asBool(), asString(), asInt() ...
//   Value::kind(), const char* typeName()
//   Value fromJson(std::string_view json)         integers that fit are int, other numbers double; text has been checked
//   std::optional<std::string> toJson(const Value&)  absent where there is no JSON for it (NaN, a type); timestamps, durations
//                                                 and bytes as the CEL spec's JSON mapping says

}  // namespace stepd::cel
