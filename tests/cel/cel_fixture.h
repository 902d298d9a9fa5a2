#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <string>

#include "cel/cel.h"
#include "cel/map_activation.h"

namespace stepd::cel {

/// `{"a": 1}` as variables.
inline MapActivation namesFrom(std::string_view json) {
    std::map<std::string, Value> names;
    const Value document = fromJson(json);
    for (const auto& [name, value] : *document.entries()) names.emplace(*name.text(), value);
    return MapActivation(std::move(names));
}

/// What an expression gives, in one line: JSON, `error: ...`, or `line:column: ...` where it does not compile.
inline std::string run(std::string_view source, std::string_view names = "{}", const CompileOptions& options = {},
                       const EvaluateLimits& limits = {}) {
    const auto program = compile(source, options);
    if (!program) {
        std::string out;
        for (const auto& issue : program.error()) {
            if (!out.empty()) out += '\n';
            out += std::to_string(issue.line) + ':' + std::to_string(issue.column) + ": " + issue.message;
            if (!issue.hint.empty()) out += " (" + issue.hint + ')';
        }
        return out;
    }
    const auto value = program->evaluate(namesFrom(names), limits);
    if (!value) return "error: " + value.error().message;
    return toJson(*value).value_or(value->isNull() ? "null" : std::string("a ") + value->typeName());
}

}  // namespace stepd::cel
