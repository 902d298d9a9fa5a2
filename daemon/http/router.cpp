#include "http/router.h"

#include <array>
#include <map>

#include "base/error.h"
#include "http/target.h"

namespace stepd::http {
namespace {

struct Named {
    std::size_t segment;
    std::string name;
};

bool isPlaceholder(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

[[noreturn]] void refuse(const Route& route, const std::string& why) {
    throw Error(ErrorCode::InvalidArgument,
                std::string("route ") + toString(route.method) + " " + route.pattern + " " + why);
}

std::vector<std::string> patternSegments(const Route& route) {
    std::vector<std::string> segments;
    if (!splitPath(route.pattern, segments)) refuse(route, "is no absolute path");
    for (const std::string& segment : segments)
        if (segment == "{}" || (!isPlaceholder(segment) && segment.find_first_of("{}") != std::string::npos))
            refuse(route, "has a segment that is neither text nor {name}");
    return segments;
}

}  // namespace

/// A segment of the tree of patterns; `entries` are the routes that end here.
struct Router::Node {
    struct Entry {
        const Route* route = nullptr;
        std::vector<Named> names = {};
    };
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> placeholder;
    std::array<Entry, kMethods> entries;

    const Entry& entry(Method method) const { return entries[static_cast<std::size_t>(method)]; }
    bool ends() const {
        for (const Entry& entry : entries)
            if (entry.route != nullptr) return true;
        return false;
    }
    std::string allow() const;
};

std::string Router::Node::allow() const {
    std::string out;
    for (std::size_t i = 0; i < kMethods; ++i) {
        const auto method = static_cast<Method>(i);
        const bool headOfGet = method == Method::Head && entry(Method::Get).route != nullptr;
        if (entries[i].route == nullptr && !headOfGet && method != Method::Options) continue;
        if (!out.empty()) out += ", ";
        out += toString(method);
    }
    return out;
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {
    for (const Route& route : routes_) insert(route);
}

Router::~Router() = default;

void Router::insert(const Route& route) {
    if (!route.handler) refuse(route, "has no handler");
    Node* node = root_.get();
    Node::Entry added{.route = &route};
    std::vector<std::string> segments = patternSegments(route);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const bool named = isPlaceholder(segments[i]);
        if (named) added.names.push_back({i, segments[i].substr(1, segments[i].size() - 2)});
        std::unique_ptr<Node>& next = named ? node->placeholder : node->literals[segments[i]];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    Node::Entry& entry = node->entries[static_cast<std::size_t>(route.method)];
    if (entry.route != nullptr) refuse(route, "is there already as " + entry.route->pattern);
    entry = std::move(added);
}

const Router::Node* Router::find(const Node& node, const std::vector<std::string>& segments, std::size_t at) {
    if (at == segments.size()) return node.ends() ? &node : nullptr;
    const auto literal = node.literals.find(segments[at]);
    if (literal != node.literals.end())
        if (const Node* found = find(*literal->second, segments, at + 1)) return found;
    return node.placeholder && !segments[at].empty() ? find(*node.placeholder, segments, at + 1) : nullptr;
}

Match Router::match(Method method, const std::vector<std::string>& segments) const {
    Match out;
    const Node* node = find(*root_, segments, 0);
    if (node == nullptr) return out;
    const Node::Entry* entry = &node->entry(method);
    if (entry->route == nullptr && method == Method::Head) entry = &node->entry(Method::Get);
    if (entry->route == nullptr) {
        out.allow = node->allow();
        return out;
    }
    out.route = entry->route;
    for (const Named& named : entry->names) out.parameters.emplace_back(named.name, segments[named.segment]);
    return out;
}

}  // namespace stepd::http
