#include "pipeline/expression_reader.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "pipeline/expression_text.h"
#include "pipeline/template_node.h"
#include "yaml/json.h"

namespace stepd::pipeline {
namespace {

using Node = Template::Node;

std::size_t nextCharacter(std::string_view text, std::size_t at) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    return at;
}

/// Offset in `text` of line and column (from 1, in characters), counted from `start`.
std::size_t offsetOf(std::string_view text, std::size_t start, int line, int column) {
    std::size_t at = start;
    for (; line > 1 && at < text.size(); ++at)
        if (text[at] == '\n') --line;
    for (; column > 1 && at < text.size(); --column) at = nextCharacter(text, at);
    return std::min(at, text.size());
}

std::shared_ptr<const Node> make(Node node) {
    return std::make_shared<const Node>(std::move(node));
}

const Node::Literal* literal(const std::shared_ptr<const Node>& node) {
    return std::get_if<Node::Literal>(&node->content);
}

/// A collection without expressions inside is one literal.
std::shared_ptr<const Node> folded(Node::Object object) {
    std::string json = "{";
    for (const auto& [key, value] : object.members) {
        if (literal(value) == nullptr) return make({std::move(object)});
        json += (json.size() > 1 ? "," : "") + jsonString(key) + ":" + literal(value)->json;
    }
    return make({Node::Literal{json + "}"}});
}

std::shared_ptr<const Node> folded(Node::List list) {
    std::string json = "[";
    for (const auto& item : list.items) {
        if (literal(item) == nullptr) return make({std::move(list)});
        json += (json.size() > 1 ? "," : "") + literal(item)->json;
    }
    return make({Node::Literal{json + "]"}});
}

}  // namespace

yaml::Mark Site::mark(int line, int column) const {
    return scalar->at(offsetOf(scalar->text, offset, line, column));
}

std::optional<cel::Program> ExpressionReader::bare(yaml::Reader& fields, std::string_view key, Place place) {
    const yaml::Entry* found = fields.entry(key);
    if (found == nullptr) return std::nullopt;
    const yaml::Node& scalar = *found->value;
    const std::string name(key);
    if (!scalar.isScalar() || scalar.kind == yaml::Kind::Null) {
        fields.error(key, "`" + name + "` must be an expression, not " + describe(scalar.kind));
        return std::nullopt;
    }
    if (scalar.text.find("${{") != std::string::npos) {
        fields.error(key, "`" + name + "` is an expression by itself", "leave out `${{` and `}}`");
        return std::nullopt;
    }
    return compile(scalar, scalar.text, 0, fields.path(key), place);
}

std::optional<Template> ExpressionReader::templated(yaml::Reader& fields, std::string_view key, Place place) {
    const yaml::Entry* found = fields.entry(key);
    if (found == nullptr) return std::nullopt;
    return Template(value(*found->value, fields.path(key), place));
}

Template ExpressionReader::builtIn(std::string_view expression) const {
    auto program = cel::compile(expression);
    assert(program);
    return Template(make({std::move(*program)}));
}

std::optional<cel::Program> ExpressionReader::compile(const yaml::Node& scalar, std::string_view source,
                                                      std::size_t offset, const std::string& path, Place place) {
    auto program = cel::compile(source);
    if (!program) {
        for (const auto& issue : program.error())
            report_.error(scalar.at(offsetOf(scalar.text, offset, issue.line, issue.column)), path, issue.message,
                          issue.hint);
        return std::nullopt;
    }
    sites_.push_back({place, step_, &scalar, offset, path, *program});
    return std::move(*program);
}

ExpressionReader::NodePtr ExpressionReader::value(const yaml::Node& node, const std::string& path, Place place) {
    if (node.kind == yaml::Kind::Mapping) return object(node, path, place);
    if (node.kind == yaml::Kind::Sequence) return list(node, path, place);
    if (node.kind == yaml::Kind::Text) return text(node, path, place);
    return make({Node::Literal{yaml::toJson(node, path, report_)}});
}

ExpressionReader::NodePtr ExpressionReader::text(const yaml::Node& scalar, const std::string& path, Place place) {
    const Pieces cut = splitExpressions(scalar.text);
    if (cut.unclosed)
        report_.error(scalar.at(*cut.unclosed), path, "this `${{` has no `}}`",
                      "write `$${{` for the characters themselves");
    Node::Mixed mixed;
    for (const auto& piece : cut.pieces) {
        if (!piece.expression) {
            mixed.parts.emplace_back(piece.text);
        } else if (auto program = compile(scalar, piece.text, piece.offset, path, place)) {
            mixed.parts.emplace_back(std::move(*program));
        }
    }
    if (mixed.parts.size() == 1 && std::holds_alternative<cel::Program>(mixed.parts[0]))
        return make({std::get<cel::Program>(std::move(mixed.parts[0]))});
    const bool hasExpression = std::any_of(mixed.parts.begin(), mixed.parts.end(),
                                           [](const auto& part) { return std::holds_alternative<cel::Program>(part); });
    if (hasExpression) return make({std::move(mixed)});
    std::string plain;
    for (const auto& part : mixed.parts) plain += std::get<std::string>(part);
    return make({Node::Literal{jsonString(plain)}});
}

ExpressionReader::NodePtr ExpressionReader::object(const yaml::Node& mapping, const std::string& path, Place place) {
    Node::Object object;
    for (const auto& entry : mapping.entries) {
        const std::string inner = path + "." + entry.key;
        if (entry.key.find("${{") != std::string::npos)
            report_.error(entry.mark, inner, "a key cannot hold an expression", "build the object in one expression");
        object.members.emplace_back(entry.key, value(*entry.value, inner, place));
    }
    return folded(std::move(object));
}

ExpressionReader::NodePtr ExpressionReader::list(const yaml::Node& sequence, const std::string& path, Place place) {
    Node::List list;
    for (std::size_t i = 0; i < sequence.items.size(); ++i)
        list.items.push_back(value(*sequence.items[i], yaml::itemPath(path, i), place));
    return folded(std::move(list));
}

}  // namespace stepd::pipeline
