#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/template.h"

namespace stepd::pipeline {

/// What a template is made of. Internal to this module: template_reader builds it, template renders it.
struct Template::Node {
    using Ptr = std::shared_ptr<const Node>;
    /// JSON text without expressions inside.
    struct Literal {
        std::string json;
    };
    /// A scalar with text around its expressions, or with more than one.
    struct Mixed {
        std::vector<std::variant<std::string, cel::Program>> parts;
    };
    struct Object {
        std::vector<std::pair<std::string, Ptr>> members;
    };
    struct List {
        std::vector<Ptr> items;
    };
    std::variant<Literal, cel::Program, Mixed, Object, List> content;
};

}  // namespace stepd::pipeline
