#include "cel/ast.h"

#include <algorithm>

namespace stepd::cel {
namespace {

struct Children {
    const std::function<void(const Node&)>& visit;

    void see(const NodePtr& child) const {
        if (child) visit(*child);
    }

    void operator()(const Literal&) const {}
    void operator()(const Path&) const {}
    void operator()(const Select& form) const { see(form.of); }
    void operator()(const Presence& form) const { see(form.of); }
    void operator()(const Index& form) const {
        see(form.of);
        see(form.at);
    }
    void operator()(const MakeList& form) const {
        for (const auto& item : form.items) see(item.value);
    }
    void operator()(const MakeMap& form) const {
        for (const auto& entry : form.entries) {
            see(entry.key);
            see(entry.value);
        }
    }
    void operator()(const Call& form) const {
        for (const auto& argument : form.arguments) see(argument);
    }
    void operator()(const Match& form) const { see(form.subject); }
    void operator()(const Binary& form) const {
        see(form.left);
        see(form.right);
    }
    void operator()(const Not& form) const { see(form.of); }
    void operator()(const Negate& form) const { see(form.of); }
    void operator()(const Logic& form) const {
        for (const auto& operand : form.operands) see(operand);
    }
    void operator()(const Conditional& form) const {
        see(form.condition);
        see(form.yes);
        see(form.no);
    }
    void operator()(const Loop& form) const {
        see(form.range);
        see(form.condition);
        see(form.result);
    }
    void operator()(const Bind& form) const {
        see(form.value);
        see(form.body);
    }
};

}  // namespace

void forEachChild(const Node::Form& form, const std::function<void(const Node&)>& visit) {
    std::visit(Children{visit}, form);
}

std::size_t heightOf(const Node::Form& form) {
    std::size_t below = 0;
    forEachChild(form, [&](const Node& child) { below = std::max(below, child.height); });
    return below + 1;
}

}  // namespace stepd::cel
