#include "cel/references.h"

#include <algorithm>

#include "cel/place.h"

namespace stepd::cel {
namespace {

/// A variable and the constant selections from it.
struct Chain {
    Reference reference;
    bool plain = true;  ///< selections only: nothing optional, no `has`
};

std::optional<Chain> chainOf(const Ast& ast, const Node& node);

std::optional<Chain> startOf(const Ast& ast, const Node& node, const Path& path) {
    if (path.local) return std::nullopt;
    const auto [line, column] = placeOf(ast.source, node.offset);
    Chain chain{{path.root, path.fields, line, column}, true};
    if (path.candidates.size() == 1) {
        chain.reference.root = path.candidates[0].name;
        chain.reference.fields.erase(
            chain.reference.fields.begin(),
            chain.reference.fields.begin() + static_cast<std::ptrdiff_t>(path.candidates[0].fields));
    }
    return chain;
}

std::optional<Chain> extended(std::optional<Chain> chain, const std::vector<std::string>& fields, bool plain) {
    if (!chain) return std::nullopt;
    chain->reference.fields.insert(chain->reference.fields.end(), fields.begin(), fields.end());
    chain->plain = chain->plain && plain;
    return chain;
}

std::optional<Chain> chainOf(const Ast& ast, const Node& node) {
    if (const auto* path = std::get_if<Path>(&node.form)) return startOf(ast, node, *path);
    if (const auto* select = std::get_if<Select>(&node.form))
        return extended(chainOf(ast, *select->of), select->fields, true);
    if (const auto* has = std::get_if<Presence>(&node.form))
        return extended(chainOf(ast, *has->of), {has->field}, false);
    if (const auto* index = std::get_if<Index>(&node.form)) {
        const auto* key = std::get_if<Literal>(&index->at->form);
        if (key && key->value.isString())
            return extended(chainOf(ast, *index->of), {*key->value.text()}, !index->optional);
    }
    return std::nullopt;
}

void collect(Ast& ast, const Node& node) {
    if (auto chain = chainOf(ast, node))
        ast.references.push_back(std::move(chain->reference));
    else
        forEachChild(node.form, [&](const Node& child) { collect(ast, child); });
}

/// An operand as an expression of its own, which shares the tree.
std::shared_ptr<const Ast> part(const Ast& whole, Node& operand) {
    auto ast = std::make_shared<Ast>();
    ast->source = whole.source;
    ast->root = std::shared_ptr<Node>(whole.root, &operand);
    ast->slots = whole.slots;
    collectReferences(*ast);
    return ast;
}

std::optional<EqualityParts> asEquality(const Ast& ast, const Node& side, Node& other, std::string_view root) {
    auto chain = chainOf(ast, side);
    if (!chain || !chain->plain || chain->reference.root != root || chain->reference.fields.empty())
        return std::nullopt;
    auto value = part(ast, other);
    const bool usesRoot = std::any_of(value->references.begin(), value->references.end(),
                                      [root](const Reference& use) { return use.root == root; });
    if (usesRoot) return std::nullopt;
    return EqualityParts{std::move(chain->reference.fields), std::move(value)};
}

std::optional<EqualityParts> findIn(const Ast& ast, Node& node, std::string_view root) {
    if (const auto* logic = std::get_if<Logic>(&node.form); logic && !logic->decider) {
        for (const auto& operand : logic->operands)
            if (auto found = findIn(ast, *operand, root)) return found;
    }
    const auto* binary = std::get_if<Binary>(&node.form);
    if (!binary || binary->op != Operator::Equal) return std::nullopt;
    if (auto found = asEquality(ast, *binary->left, *binary->right, root)) return found;
    return asEquality(ast, *binary->right, *binary->left, root);
}

}  // namespace

std::optional<EqualityParts> findEquality(const Ast& ast, std::string_view root) {
    return findIn(ast, *ast.root, root);
}

void collectReferences(Ast& ast) {
    collect(ast, *ast.root);
    if (auto chain = chainOf(ast, *ast.root); chain && chain->plain) ast.path = std::move(chain->reference);
}

}  // namespace stepd::cel
