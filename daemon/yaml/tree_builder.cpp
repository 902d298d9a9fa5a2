#include "yaml/tree_builder.h"

#include <algorithm>

#include "yaml/scalar.h"

namespace stepd::yaml {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

/// yaml-cpp's tags: `?` plain, `!` quoted or block, else what was written.
std::optional<Kind> scalarKind(const std::string& tag, std::string_view text) {
    if (tag == "?" || tag.empty()) return resolvePlain(text);
    if (tag == "!") return Kind::Text;
    if (!tag.starts_with(kCoreTag)) return std::nullopt;
    const std::string_view word = std::string_view(tag).substr(kCoreTag.size());
    if (word == "str") return Kind::Text;
    const Kind plain = resolvePlain(text);
    if (word == "int" && plain == Kind::Int) return plain;
    if (word == "float" && (plain == Kind::Float || plain == Kind::Int)) return Kind::Float;
    if (word == "bool" && plain == Kind::Bool) return plain;
    if (word == "null" && plain == Kind::Null) return plain;
    return std::nullopt;
}

bool isCoreCollection(const std::string& tag, Kind kind) {
    return tag.empty() || tag == "?" || tag == "!" ||
           tag == std::string(kCoreTag) + (kind == Kind::Mapping ? "map" : "seq");
}

}  // namespace

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
    if (++documents_ > 1) abandon(source_.mark(mark), "a second document in one file", "keep one document a file");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    auto node = std::make_shared<Node>();
    node->mark = source_.mark(mark);
    countNode(node->mark);
    if (expectsKey()) abandon(node->mark, "a key is missing or null", "quote it if the word null is meant");
    // The place of a value that is not there is, for yaml-cpp, the next token's.
    if (!open_.empty() && open_.back().keyRead && node->mark.line > open_.back().keyMark.line)
        node->mark = open_.back().keyMark;
    place(std::move(node), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const Mark here = source_.mark(mark);
    if (expectsKey()) abandon(here, "an alias cannot be a key");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || found->second == nullptr) abandon(here, "this alias stands inside its own anchor");
    aliased_ += found->second->weight;
    if (aliased_ > limits_.aliased)
        abandon(here, "aliases expand to more than " + std::to_string(limits_.aliased) + " values");
    if (open_.size() + found->second->height > limits_.depth)
        abandon(here, "nested more than " + std::to_string(limits_.depth) + " levels deep");
    place(found->second, YAML::NullAnchor);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
    auto node = std::make_shared<Node>();
    node->mark = source_.mark(mark);
    countNode(node->mark);
    node->text = value;
    const bool plain = tag == "?" || tag.empty();
    if (const auto kind = scalarKind(tag, value)) {
        node->kind = *kind;
    } else {
        node->kind = Kind::Text;
        report_.error(node->mark, path(), "the tag `" + tag + "` is not known or does not fit its value",
                      "leave the tag out; quote what is a text");
    }
    layOut(*node, mark, plain);
    checkIndent(mark, expectsKey());
    if (!expectsKey()) return place(std::move(node), anchor);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    readKey(*node, plain);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
    open(Kind::Sequence, mark, tag, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
    open(Kind::Mapping, mark, tag, anchor);
}

void TreeBuilder::abandon(Mark mark, std::string message, std::string hint) {
    report_.error(mark, path(), std::move(message), std::move(hint));
    throw Abandoned{};
}

void TreeBuilder::open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->mark = source_.mark(mark);
    countNode(node->mark);
    if (expectsKey()) abandon(node->mark, std::string("a key must be a text, not ") + describe(kind));
    if (open_.size() + 1 > limits_.depth)
        abandon(node->mark, "nested more than " + std::to_string(limits_.depth) + " levels deep");
    if (!isCoreCollection(tag, kind))
        report_.error(node->mark, path(), "the tag `" + tag + "` is not known", "leave it out");
    checkIndent(mark, true);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = nullptr;
    Open frame;
    frame.node = std::move(node);
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
}

void TreeBuilder::close() {
    Open frame = std::move(open_.back());
    open_.pop_back();
    Node& node = *frame.node;
    for (const auto& source : frame.merges)
        for (const auto& entry : source->entries)
            if (frame.keys.insert(entry.key).second) node.entries.push_back(entry);
    const auto grow = [&node](const Node& child) {
        node.weight += child.weight;
        node.height = std::max(node.height, child.height + 1);
    };
    for (const auto& item : node.items) grow(*item);
    for (const auto& entry : node.entries) grow(*entry.value);
    place(std::move(frame.node), frame.anchor);
}

bool TreeBuilder::expectsKey() const {
    return !open_.empty() && open_.back().node->kind == Kind::Mapping && !open_.back().keyRead;
}

void TreeBuilder::readKey(const Node& scalar, bool plain) {
    Open& mapping = open_.back();
    mapping.key = scalar.text;
    mapping.keyMark = scalar.mark;
    mapping.keyRead = true;
    mapping.merge = plain && scalar.text == "<<";
    mapping.duplicate = mapping.merge ? mapping.merged : !mapping.keys.insert(scalar.text).second;
    mapping.merged = mapping.merged || mapping.merge;
    if (!mapping.duplicate) return;
    // Slow in a large mapping, but only mistakes get here.
    const Entry* first = mapping.merge ? nullptr : mapping.node->find(scalar.text);
    report_.error(scalar.mark, path(), "the key `" + scalar.text + "` stands here twice",
                  first != nullptr ? "the first is in line " + std::to_string(first->mark.line)
                                   : "merge several mappings as a list: `<<: [*a, *b]`");
}

void TreeBuilder::place(NodePtr node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    Open& parent = open_.back();
    if (parent.node->kind == Kind::Sequence) {
        parent.node->items.push_back(std::move(node));
        return;
    }
    if (parent.merge) {
        takeMerge(node);
    } else if (!parent.duplicate) {
        parent.node->entries.push_back({parent.key, parent.keyMark, std::move(node)});
    }
    parent.keyRead = false;
}

void TreeBuilder::takeMerge(const NodePtr& value) {
    const auto take = [this](const NodePtr& source) {
        if (source->kind == Kind::Mapping) return open_.back().merges.push_back(source);
        report_.error(open_.back().keyMark, path(), std::string("`<<` merges mappings, not ") + describe(source->kind));
    };
    if (value->kind != Kind::Sequence) return take(value);
    for (const auto& item : value->items) take(item);
}

void TreeBuilder::checkIndent(const YAML::Mark& mark, bool collection) {
    const auto row = static_cast<std::size_t>(std::max(mark.line, 0));
    const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
    if (column > source_.indent(row)) return;
    const std::string_view prefix = source_.line(row).substr(0, column);
    // A tab behind `-` indents a collection, but only stands before a scalar.
    const std::size_t end = collection ? prefix.size() : prefix.find_first_of("-?");
    const std::size_t tab = prefix.find('\t');
    if (tab == std::string_view::npos || end < prefix.size()) return;
    abandon({mark.line + 1, static_cast<int>(tab) + 1}, "a tab is used to indent", "use spaces");
}

void TreeBuilder::countNode(Mark here) {
    if (++nodes_ > limits_.nodes) abandon(here, "more than " + std::to_string(limits_.nodes) + " values in one file");
}

void TreeBuilder::layOut(Node& node, const YAML::Mark& mark, bool plain) const {
    const std::size_t start = source_.offset(mark);
    const std::string_view rest = source_.text().substr(start);
    const bool oneLine = node.text.find('\n') == std::string::npos;
    if (plain && oneLine && rest.starts_with(node.text)) {
        node.layout = Node::Layout::OneLine;
        node.content = node.mark;
    } else if (!plain && oneLine && (rest.starts_with('"') || rest.starts_with('\'')) &&
               rest.substr(1).starts_with(node.text)) {
        node.layout = Node::Layout::OneLine;
        node.content = {node.mark.line, node.mark.column + 1};
    } else if (!plain && rest.starts_with('|')) {
        const std::string_view first = source_.line(static_cast<std::size_t>(mark.line) + 1);
        const std::size_t indent = std::min(first.find_first_not_of(' '), first.size());
        if (!first.substr(indent).starts_with(std::string_view(node.text).substr(0, node.text.find('\n')))) return;
        node.layout = Node::Layout::Literal;
        node.content = {node.mark.line + 1, static_cast<int>(indent) + 1};
    }
}

std::string TreeBuilder::path() const {
    std::string out;
    for (const auto& frame : open_) {
        if (frame.node->kind == Kind::Sequence) {
            out += "[" + std::to_string(frame.node->items.size()) + "]";
        } else if (frame.keyRead) {
            out += (out.empty() ? "" : ".") + frame.key;
        }
    }
    return out;
}

}  // namespace stepd::yaml
