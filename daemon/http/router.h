#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/request.h"
#include "http/responder.h"

namespace stepd::http {

/// Who may use a route (hardening R29). The transport only carries the value to the authorizer; what it takes to be an
/// `Admin` is decided there.
enum class Access {
    Open,      ///< anybody, on purpose: health, dashboard files, a declared route with `auth: none`
    EventKey,  ///< a holder of an event key
    Signed,    ///< a body signed with a signing key; checked by the handler where the signature covers the body
    Viewer,    ///< may read runs
    Admin,     ///< may operate
};

/// What happens to a route under load (hardening R27).
enum class Duty {
    Serve,   ///< always: health, what operators do, what lets work come to its end
    TakeIn,  ///< brings work that has to be stored: refused before its body is read when there is no room
};

/// Called on the reactor thread when body and header are there: must not block. Answers through the responder, at once
/// or later. An exception that escapes is answered with 500.
using Handler = std::function<void(Request, Responder)>;

constexpr std::size_t kDefaultBodyLimit = 1024 * 1024;

/// One line of the table of routes. There is no constructor without Access: a route without a right does not compile.
struct Route {
    /// `pattern` is an absolute path whose segments are literal text or `{name}`; a `{name}` matches one segment that
    /// is not empty. `bodyLimit` is in bytes: a larger body is answered with 413 before it is read.
    Route(Method routeMethod, std::string routePattern, Access routeAccess, Handler routeHandler,
          std::size_t routeBodyLimit = kDefaultBodyLimit, Duty routeDuty = Duty::Serve)
        : method(routeMethod),
          pattern(std::move(routePattern)),
          access(routeAccess),
          handler(std::move(routeHandler)),
          bodyLimit(routeBodyLimit),
          duty(routeDuty) {}

    Method method;
    std::string pattern;
    Access access;
    Handler handler;
    std::size_t bodyLimit;
    Duty duty;
};

/// What a table says about a method and a path.
struct Match {
    const Route* route =
        nullptr;  ///< null: 404 if `allow` is empty, else 405 (or 204 for OPTIONS); lives as long as the Router
    Request::Pairs parameters = {};
    std::string allow = {};  ///< of the path when no route matched its method: `GET, HEAD, OPTIONS`
};

/// An immutable table of routes. A literal segment goes before a `{name}`; HEAD is served by the GET route where it has
/// none of its own. Thread-safe.
class Router {
public:
    /// Throws Error{InvalidArgument} for a pattern that is malformed or two routes that match the same requests.
    explicit Router(std::vector<Route> routes);
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    Match match(Method method, const std::vector<std::string>& segments) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    struct Node;
    void insert(const Route& route);
    static const Node* find(const Node& node, const std::vector<std::string>& segments, std::size_t at);

    std::vector<Route> routes_;
    std::unique_ptr<Node> root_;
};

}  // namespace stepd::http
