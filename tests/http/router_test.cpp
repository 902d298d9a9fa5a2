#include "http/router.h"

#include <cppunit/extensions/HelperMacros.h>

#include <type_traits>

#include "base/error.h"
#include "http/target.h"

using namespace stepd;
using namespace stepd::http;

// Hardening R29: what must not compile.
static_assert(!std::is_constructible_v<Route, Method, std::string, Handler>);
static_assert(!std::is_constructible_v<Route, Method, std::string, Handler, std::size_t>);
static_assert(std::is_constructible_v<Route, Method, std::string, Access, Handler>);

class RouterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RouterTest);
    CPPUNIT_TEST(testTable);
    CPPUNIT_TEST(testGivesParameters);
    CPPUNIT_TEST(testTellsWhatIsAllowed);
    CPPUNIT_TEST(testRefusesBadTables);
    CPPUNIT_TEST_SUITE_END();

    static Route route(Method method, const char* pattern) {
        return {method, pattern, Access::Open, [](Request, Responder) {}};
    }
    static Match match(const Router& router, Method method, const char* path) {
        std::vector<std::string> segments;
        CPPUNIT_ASSERT(splitPath(path, segments));
        return router.match(method, segments);
    }

    Router router_{{route(Method::Get, "/"), route(Method::Get, "/runs"), route(Method::Post, "/runs"),
                    route(Method::Get, "/runs/{id}"), route(Method::Get, "/runs/latest"),
                    route(Method::Post, "/runs/{id}/cancel"), route(Method::Get, "/runs/latest/log"),
                    route(Method::Get, "/{a}/{b}/{c}"), route(Method::Head, "/own"), route(Method::Get, "/own")}};

    void testTable() {
        const struct {
            Method method;
            const char* path;
            const char* pattern;
        } rows[] = {
            {Method::Get, "/", "/"},
            {Method::Get, "/runs", "/runs"},
            {Method::Post, "/runs", "/runs"},
            {Method::Head, "/runs", "/runs"},
            {Method::Get, "/runs/7", "/runs/{id}"},
            {Method::Get, "/runs/latest", "/runs/latest"},
            {Method::Get, "/r%75ns/l%61test", "/runs/latest"},
            {Method::Get, "/runs/latest/log", "/runs/latest/log"},
            // The literal branch `latest` has no `cancel`: the search goes back to `{id}`.
            {Method::Post, "/runs/latest/cancel", "/runs/{id}/cancel"},
            {Method::Get, "/x/y/z", "/{a}/{b}/{c}"},
            {Method::Head, "/own", "/own"},
        };
        for (const auto& row : rows) {
            const Match found = match(router_, row.method, row.path);
            CPPUNIT_ASSERT_MESSAGE(row.path, found.route != nullptr);
            CPPUNIT_ASSERT_EQUAL(std::string(row.pattern), found.route->pattern);
        }
        CPPUNIT_ASSERT(match(router_, Method::Head, "/own").route->method == Method::Head);
        for (const char* path : {"/nope", "/runs/", "/runs//cancel", "//", "/Runs", "/runs/7/cancel/x"})
            CPPUNIT_ASSERT_MESSAGE(path, match(router_, Method::Post, path).route == nullptr &&
                                             match(router_, Method::Post, path).allow.empty());
    }

    void testGivesParameters() {
        const Match found = match(router_, Method::Get, "/x/a%20b/z");
        CPPUNIT_ASSERT((found.parameters == Request::Pairs{{"a", "x"}, {"b", "a b"}, {"c", "z"}}));
        Request request;
        request.parameters = found.parameters;
        CPPUNIT_ASSERT_EQUAL(std::string("a b"), request.param("b"));
        CPPUNIT_ASSERT_THROW(request.param("d"), Error);
    }

    void testTellsWhatIsAllowed() {
        const Match found = match(router_, Method::Delete, "/runs");
        CPPUNIT_ASSERT(found.route == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("GET, HEAD, POST, OPTIONS"), found.allow);
        CPPUNIT_ASSERT_EQUAL(std::string("POST, OPTIONS"), match(router_, Method::Get, "/runs/7/cancel").allow);
    }

    void testRefusesBadTables() {
        const std::vector<std::vector<Route>> tables = {
            {route(Method::Get, "/a"), route(Method::Get, "/a")},
            {route(Method::Get, "/{x}"), route(Method::Get, "/{y}")},
            {route(Method::Get, "a")},
            {route(Method::Get, "")},
            {route(Method::Get, "/{}")},
            {route(Method::Get, "/a{x}")},
            {route(Method::Get, "/../a")},
            {Route(Method::Get, "/a", Access::Open, Handler())},
        };
        for (std::size_t i = 0; i < tables.size(); ++i)
            CPPUNIT_ASSERT_THROW_MESSAGE("table " + std::to_string(i), Router router(tables[i]), Error);
        const Router distinct({route(Method::Get, "/{x}"), route(Method::Post, "/{y}")});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, distinct.routes().size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RouterTest);
