#include "website_analyzer/html_document.h"

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <new>

#include "website_analyzer/html_guard.h"

namespace stepd::website {

namespace {

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view{} : std::string_view(reinterpret_cast<const char*>(text));
}

bool isVisible(const xmlNode* node) {
    return node->type == XML_ELEMENT_NODE || node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
}

_xmlNode* skipInvisible(_xmlNode* node) {
    while (node != nullptr && !isVisible(node)) node = node->next;
    return node;
}

xmlNode* childNamed(const xmlNode* parent, std::string_view name) {
    for (xmlNode* child = parent == nullptr ? nullptr : parent->children; child != nullptr; child = child->next)
        if (child->type == XML_ELEMENT_NODE && view(child->name) == name) return child;
    return nullptr;
}

bool belongsInHead(const xmlNode* node) {
    if (node->type != XML_ELEMENT_NODE) return true;
    constexpr std::array<std::string_view, 8> kNames{"title",  "meta",  "link",     "base",
                                                     "script", "style", "noscript", "template"};
    return std::find(kNames.begin(), kNames.end(), view(node->name)) != kNames.end();
}

/// Pages may leave out `</head><body>`. libxml2 then ends the head at the tags of HTML 4 alone and takes `<main>` and
/// the like into it: what no head may hold goes to the front of the body.
void moveOutOfHead(xmlDoc* document) {
    xmlNode* html = document == nullptr ? nullptr : xmlDocGetRootElement(document);
    xmlNode* head = childNamed(html, "head");
    xmlNode* stray = head == nullptr ? nullptr : head->children;
    while (stray != nullptr && belongsInHead(stray)) stray = stray->next;
    if (stray == nullptr) return;
    xmlNode* body = childNamed(html, "body");
    if (body == nullptr) body = xmlNewChild(html, nullptr, reinterpret_cast<const xmlChar*>("body"), nullptr);
    xmlNode* front = body->children;
    while (stray != nullptr) {
        xmlNode* next = stray->next;
        xmlUnlinkNode(stray);
        if (front != nullptr)
            xmlAddPrevSibling(front, stray);
        else
            xmlAddChild(body, stray);
        stray = next;
    }
}

/// Builds the tree as libxml2 does, but stops the parser where the page is nested too deep.
void startElement(void* ctx, const xmlChar* name, const xmlChar** attributes) {
    auto* parser = static_cast<xmlParserCtxtPtr>(ctx);
    if (static_cast<std::size_t>(parser->nodeNr) >= kMaxNesting) {
        *static_cast<bool*>(parser->_private) = true;
        xmlStopParser(parser);
        return;
    }
    xmlSAX2StartElement(ctx, name, attributes);
}

}  // namespace

bool HtmlNode::isElement() const {
    return node_ != nullptr && node_->type == XML_ELEMENT_NODE;
}
bool HtmlNode::isText() const {
    return node_ != nullptr && node_->type != XML_ELEMENT_NODE;
}
std::string_view HtmlNode::name() const {
    return isElement() ? view(node_->name) : std::string_view{};
}

std::optional<std::string_view> HtmlNode::attribute(std::string_view name) const {
    if (!isElement()) return std::nullopt;
    for (const xmlAttr* attribute = node_->properties; attribute != nullptr; attribute = attribute->next)
        if (view(attribute->name) == name)
            return attribute->children == nullptr ? "" : view(attribute->children->content);
    return std::nullopt;
}

HtmlNode HtmlNode::parent() const {
    const bool hasParent = node_ != nullptr && node_->parent != nullptr && node_->parent->type == XML_ELEMENT_NODE;
    return HtmlNode(hasParent ? node_->parent : nullptr);
}

HtmlNode HtmlNode::firstChild() const {
    return HtmlNode(isElement() ? skipInvisible(node_->children) : nullptr);
}
HtmlNode HtmlNode::next() const {
    return HtmlNode(node_ == nullptr ? nullptr : skipInvisible(node_->next));
}

HtmlNode HtmlNode::following(HtmlNode root) const {
    if (const HtmlNode child = firstChild()) return child;
    return followingSkippingChildren(root);
}

HtmlNode HtmlNode::followingSkippingChildren(HtmlNode root) const {
    for (HtmlNode node = *this; node && node != root; node = node.parent())
        if (const HtmlNode sibling = node.next()) return sibling;
    return {};
}

std::string_view HtmlNode::characters() const {
    return isText() ? view(node_->content) : std::string_view{};
}

std::string HtmlNode::text() const {
    std::string out;
    for (HtmlNode node = *this; node;) {
        out += node.characters();
        const bool silent = node.is("script") || node.is("style") || node.is("template");
        node = silent ? node.followingSkippingChildren(*this) : node.following(*this);
    }
    return out;
}

void HtmlNode::remove() {
    if (node_ == nullptr) return;
    xmlUnlinkNode(node_);
    xmlFreeNode(node_);
    node_ = nullptr;
}

void HtmlDocument::Free::operator()(_xmlDoc* document) const {
    xmlFreeDoc(document);
}

std::optional<HtmlDocument> HtmlDocument::parse(std::string_view html) {
    if (html.size() > kMaxHtmlBytes || !attributesWithinLimit(html)) return std::nullopt;

    xmlSAXHandler handler{};
    xmlSAX2InitHtmlDefaultSAXHandler(&handler);
    handler.startElement = &startElement;
    const std::unique_ptr<xmlParserCtxt, void (*)(xmlParserCtxtPtr)> parser(
        htmlCreatePushParserCtxt(&handler, nullptr, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8), &htmlFreeParserCtxt);
    if (!parser) throw std::bad_alloc();
    bool tooDeep = false;
    parser->_private = &tooDeep;
    htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                         HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
    // Without this libxml2 itself stops at 256 levels, in the middle of pages that are fine.
    parser->options |= XML_PARSE_HUGE;

    // In one piece: between chunks libxml2 starts its look-ahead anew, and may split a character.
    htmlParseChunk(parser.get(), html.data(), static_cast<int>(html.size()), 0);
    if (!tooDeep) htmlParseChunk(parser.get(), nullptr, 0, 1);
    HtmlDocument document(parser->myDoc);
    parser->myDoc = nullptr;
    if (tooDeep) return std::nullopt;
    moveOutOfHead(document.document_.get());
    return document;
}

HtmlNode HtmlDocument::root() const {
    return HtmlNode(document_ ? xmlDocGetRootElement(document_.get()) : nullptr);
}

HtmlNode HtmlDocument::find(std::string_view name) const {
    const HtmlNode top = root();
    for (HtmlNode node = top; node; node = node.following(top))
        if (node.is(name)) return node;
    return {};
}

}  // namespace stepd::website
