#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct _xmlDoc;
struct _xmlNode;

namespace stepd::website {

/// A node of an HtmlDocument: an element or a run of text. A small value that borrows from the document; a null node
/// answers every question with "no" or empty. Names are lower case.
class HtmlNode {
public:
    HtmlNode() = default;
    explicit HtmlNode(_xmlNode* node) : node_(node) {}

    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const HtmlNode&) const = default;
    const void* id() const { return node_; }

    bool isElement() const;
    bool isText() const;
    std::string_view name() const;  ///< empty for text
    bool is(std::string_view name) const { return this->name() == name; }

    std::optional<std::string_view> attribute(std::string_view name) const;
    /// Empty where the attribute is absent: for attributes whose absence means the same as no value.
    std::string_view attributeOr(std::string_view name) const { return attribute(name).value_or(std::string_view{}); }

    HtmlNode parent() const;  ///< null for the root element
    HtmlNode firstChild() const;
    HtmlNode next() const;  ///< the next sibling; comments and the like are passed over
    /// The next node in document order within `root`, children before siblings; null at the end.
    HtmlNode following(HtmlNode root) const;
    /// As following(), but does not enter this node.
    HtmlNode followingSkippingChildren(HtmlNode root) const;

    /// Of a text node: its characters. Of an element: empty.
    std::string_view characters() const;
    /// All text below, as it stands, without script, style and template.
    std::string text() const;

    /// Takes the node and all below out of the document and frees it: no copy of it may be used afterwards.
    void remove();

private:
    _xmlNode* node_ = nullptr;
};

/// A parsed page. Owns its nodes.
class HtmlDocument {
public:
    /// `html` must be UTF-8; anything else about it may be broken. Absent where the page is beyond the limits of
    /// html_guard.h: then strippedText() is what can be had. Loads no DTD, fetches nothing.
    static std::optional<HtmlDocument> parse(std::string_view html);

    HtmlNode root() const;  ///< `<html>`; null for an empty page
    /// The first element of that name in document order; null if none.
    HtmlNode find(std::string_view name) const;

private:
    struct Free {
        void operator()(_xmlDoc* document) const;
    };
    explicit HtmlDocument(_xmlDoc* document) : document_(document) {}

    std::unique_ptr<_xmlDoc, Free> document_;
};

}  // namespace stepd::website
