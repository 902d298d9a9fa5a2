#include "api/access_control.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"
#include "base/sha256.h"

using namespace stepd;
using http::Access;

class AccessControlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AccessControlTest);
    CPPUNIT_TEST(testEachRouteWithNoWrongAndLesserCredential);
    CPPUNIT_TEST(testKeyInThePathOnlyForInngestsRoute);
    CPPUNIT_TEST(testHolderIsNamed);
    CPPUNIT_TEST_SUITE_END();

    const api::AccessControl control_{{{"shop", sha256Hex("event-key")}}, {"operator", sha256Hex("operator-key")}};

    bool passes(const http::Route& route, const std::string& key) const {
        http::Request request;
        request.route = route.pattern;
        if (route.pattern == "/e/{key}")
            request.parameters = {{"key", key}};
        else if (!key.empty())
            request.headers.add("Authorization", "Bearer " + key);
        const auto refusal = control_.check(request, route.access);
        if (refusal) CPPUNIT_ASSERT_EQUAL(http::Status::Unauthorized, refusal->status);
        return !refusal;
    }

    // hardening R29
    void testEachRouteWithNoWrongAndLesserCredential() {
        test::BackendFixture fixture;
        int open = 0;
        for (const auto& route : fixture.routes->routes()) {
            const std::string name = std::string(http::toString(route.method)) + " " + route.pattern;
            const bool isOpen = route.access == Access::Open;
            open += isOpen ? 1 : 0;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name + " without a key", isOpen, passes(route, ""));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name + " with a wrong key", isOpen, passes(route, "wrong"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name + " with an event key", isOpen || route.access == Access::EventKey,
                                         passes(route, "event-key"));
            CPPUNIT_ASSERT_MESSAGE(name + " with the operator's key", passes(route, "operator-key"));
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE("health, readiness, detailed health and metrics are open, nothing else", 4, open);
    }

    void testKeyInThePathOnlyForInngestsRoute() {
        http::Request request;
        request.route = "/orders/{key}";
        request.parameters = {{"key", "event-key"}};
        CPPUNIT_ASSERT(control_.check(request, Access::EventKey).has_value());
    }

    void testHolderIsNamed() {
        http::Request request;
        request.headers.add("Authorization", "Bearer event-key");
        CPPUNIT_ASSERT(!control_.check(request, Access::EventKey));
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), request.principal);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AccessControlTest);
