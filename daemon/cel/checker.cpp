#include "cel/checker.h"

#include <algorithm>

#include "base/diagnostic.h"
#include "cel/functions.h"
#include "cel/place.h"
#include "cel/regex.h"

namespace stepd::cel {
namespace {

constexpr std::size_t kMostNameParts = 8;  // of a dotted variable

constexpr Kind kNamedTypes[] = {Kind::Null,     Kind::Bool,  Kind::Int,     Kind::Uint, Kind::Double,
                                Kind::String,   Kind::Bytes, Kind::List,    Kind::Map,  Kind::Timestamp,
                                Kind::Duration, Kind::Type,  Kind::Optional};

std::string quoted(std::string_view name) {
    return '`' + std::string(name) + '`';
}

class Checker {
public:
    Checker(Ast& ast, const CompileOptions& options) : ast_(ast), options_(options) {}

    std::vector<Issue> run() {
        std::visit([&](auto& form) { visit(*ast_.root, form); }, ast_.root->form);
        return std::move(issues_);
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        const auto [line, column] = placeOf(ast_.source, node.offset);
        issues_.push_back({line, column, std::move(message), std::move(hint)});
    }

    void check(const NodePtr& node) {
        if (node) std::visit([&](auto& form) { visit(*node, form); }, node->form);
    }

    template <typename Form>
    void visit(Node&, Form& form) {
        static_assert(!std::is_same_v<Form, Path> && !std::is_same_v<Form, Call> && !std::is_same_v<Form, Loop> &&
                      !std::is_same_v<Form, Bind>);
        checkChildren(form);
    }
    void checkChildren(Literal&) {}
    void checkChildren(Select& form) { check(form.of); }
    void checkChildren(Presence& form) { check(form.of); }
    void checkChildren(Match& form) { check(form.subject); }
    void checkChildren(Not& form) { check(form.of); }
    void checkChildren(Negate& form) { check(form.of); }
    void checkChildren(Index& form) {
        check(form.of);
        check(form.at);
    }
    void checkChildren(MakeList& form) {
        for (const auto& item : form.items) check(item.value);
    }
    void checkChildren(MakeMap& form) {
        for (const auto& entry : form.entries) {
            check(entry.key);
            check(entry.value);
        }
    }
    void checkChildren(Binary& form) {
        check(form.left);
        check(form.right);
    }
    void checkChildren(Logic& form) {
        for (const auto& operand : form.operands) check(operand);
    }
    void checkChildren(Conditional& form) {
        check(form.condition);
        check(form.yes);
        check(form.no);
    }

    void visit(Node&, Loop& loop) {
        check(loop.range);
        loop.slot = scope_.size();
        scope_.push_back(loop.first);
        if (!loop.second.empty()) scope_.push_back(loop.second);
        ast_.slots = std::max(ast_.slots, scope_.size());
        check(loop.condition);
        check(loop.result);
        scope_.resize(loop.slot);
    }

    void visit(Node&, Bind& bind) {
        check(bind.value);
        bind.slot = scope_.size();
        scope_.push_back(bind.name);
        ast_.slots = std::max(ast_.slots, scope_.size());
        check(bind.body);
        scope_.resize(bind.slot);
    }

    void visit(Node& node, Call& call) {
        auto found = findFunction(call.name, call.member, call.arguments.size());
        call.function = found.function;
        if (!found.function && !options_.lateBinding) report(node, std::move(found.message), std::move(found.hint));
        if (!found.macro || options_.lateBinding)  // else its variables would be reported as unknown
            for (const auto& argument : call.arguments) check(argument);
        if (found.function && call.name == "matches") compilePattern(node, call);
    }

    void compilePattern(Node& node, Call& call) {
        const auto* literal = std::get_if<Literal>(&call.arguments[1]->form);
        if (!literal || !literal->value.isString()) return;
        const auto pattern = Regex::compile(*literal->value.text());
        if (!pattern) {
            report(*call.arguments[1], "not a regular expression: " + pattern.error(), "the syntax is RE2's");
            return;
        }
        NodePtr subject = std::move(call.arguments[0]);
        node.form = Match{std::move(subject), *pattern};
    }

    void visit(Node& node, Path& path) {
        if (!path.absolute) {
            const auto bound = std::find(scope_.rbegin(), scope_.rend(), path.root);
            if (bound != scope_.rend()) {
                path.local = static_cast<std::size_t>(scope_.rend() - bound) - 1;
                return;
            }
        }
        auto candidates = candidatesOf(path);
        if (options_.roots) std::erase_if(candidates, [&](const auto& candidate) { return !isRoot(candidate.name); });
        const auto type = typeOf(candidatesOf(path), path.fields.size());
        if (type && (!options_.roots || candidates.empty())) {
            node.form = Literal{Value::type(*type)};
            return;
        }
        if (candidates.empty()) return reportUnknown(node, path);
        path.candidates = std::move(candidates);
        if (options_.roots) path.candidates.resize(1);
    }

    bool isRoot(const std::string& name) const {
        return std::find(options_.roots->begin(), options_.roots->end(), name) != options_.roots->end();
    }

    /// The longest dotted names first, each in the container and its parents before the name as it stands.
    std::vector<Path::Candidate> candidatesOf(const Path& path) const {
        std::vector<std::string> names = {path.root};
        for (std::size_t i = 0; i < std::min(path.fields.size(), kMostNameParts - 1); ++i)
            names.push_back(names.back() + '.' + path.fields[i]);
        std::vector<Path::Candidate> candidates;
        for (std::size_t fields = names.size(); fields-- > 0;) {
            std::string container = path.absolute ? std::string() : options_.container;
            while (!container.empty()) {
                candidates.push_back({container + '.' + names[fields], fields});
                const auto dot = container.rfind('.');
                container.resize(dot == std::string::npos ? 0 : dot);
            }
            candidates.push_back({names[fields], fields});
        }
        return candidates;
    }

    static std::optional<Kind> typeOf(const std::vector<Path::Candidate>& candidates, std::size_t fields) {
        for (const auto& candidate : candidates)
            for (const auto kind : kNamedTypes)
                if (candidate.fields == fields && candidate.name == typeName(kind)) return kind;
        return std::nullopt;
    }

    void reportUnknown(const Node& node, const Path& path) {
        std::vector<std::string> known = *options_.roots;
        known.insert(known.end(), scope_.begin(), scope_.end());
        const auto meant = didYouMean(path.root, known);
        report(node, "unknown name " + quoted(path.root), meant.empty() ? "" : "did you mean " + quoted(meant) + "?");
    }

    Ast& ast_;
    const CompileOptions& options_;
    std::vector<std::string> scope_;  ///< the position of a name is its slot
    std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> check(Ast& ast, const CompileOptions& options) {
    return Checker(ast, options).run();
}

}  // namespace stepd::cel
