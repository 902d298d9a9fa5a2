#include "api/admission_gate.h"

#include <cppunit/extensions/HelperMacros.h>

#include "api/events.h"
#include "rehearsal/virtual_clock.h"

using namespace stepd;
using namespace stepd::api;

class AdmissionGateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AdmissionGateTest);
    CPPUNIT_TEST(testRefusalNamesTheLimit);
    CPPUNIT_TEST(testInngestsClientsReadTheirEnvelope);
    CPPUNIT_TEST(testFullDiskIs507);
    CPPUNIT_TEST(testKeyHasItsRate);
    CPPUNIT_TEST(testEachEventOfABatchIsPaidFor);
    CPPUNIT_TEST(testRefusalsAreCountedByReason);
    CPPUNIT_TEST_SUITE_END();

    rehearsal::VirtualClock clock_;
    Metrics metrics_;
    LoadStats load_;
    AdmissionGate gate_{{},
                        {{"website", {.interval = 100ms, .ahead = 200ms}}},
                        {.load = [this] { return load_; }, .clock = clock_, .metrics = metrics_}};

    static http::Request request(const std::string& principal = {}, const std::string& route = "/register") {
        http::Request request;
        request.method = http::Method::Post;
        request.route = route;
        request.principal = principal;
        return request;
    }
    static std::string retryAfter(const http::Response& response) {
        return std::string(response.headers.find("Retry-After").value_or("none"));
    }
    static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
    int admitted(const std::string& principal, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i) count += gate_.admit(request(principal)) ? 0 : 1;
        return count;
    }

public:
    void setUp() override { load_ = {}; }

    void testRefusalNamesTheLimit() {
        CPPUNIT_ASSERT(!gate_.admit(request()));
        load_.commitAge = 5s;
        const auto refused = gate_.admit(request());
        CPPUNIT_ASSERT_EQUAL(http::Status::ServiceUnavailable, refused->status);
        CPPUNIT_ASSERT_EQUAL(std::string("5"), retryAfter(*refused));
        for (const char* part : {R"("reason":"delay")", R"("setting":"admission.max_delay")", "5s, longer than 2s"})
            CPPUNIT_ASSERT_MESSAGE(refused->body, has(refused->body, part));
        CPPUNIT_ASSERT(gate_.closed()->reason == ShedReason::Delay);
        load_.commitAge = 0s;
        CPPUNIT_ASSERT(!gate_.admit(request()) && !gate_.closed());
    }

    // inngest-protocol.md section 1.4
    void testInngestsClientsReadTheirEnvelope() {
        load_.queuedRuns = 2'000'000;
        const auto refused = gate_.admit(request({}, kInngestIngest));
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"ids":[],"status":503,"error":"2000000 runs are queued, and 2000000 may be."})"),
            refused->body);
        CPPUNIT_ASSERT_EQUAL(std::string("30"), retryAfter(*refused));
    }

    void testFullDiskIs507() {
        load_.freeDisk = 1000;
        const auto refused = gate_.admit(request());
        CPPUNIT_ASSERT_EQUAL(http::Status::InsufficientStorage, refused->status);
        CPPUNIT_ASSERT_EQUAL(std::string("30"), retryAfter(*refused));
    }

    void testKeyHasItsRate() {
        CPPUNIT_ASSERT_EQUAL(3, admitted("website", 5));  // one, and two more at once
        const auto refused = gate_.admit(request("website"));
        CPPUNIT_ASSERT_EQUAL(http::Status::TooManyRequests, refused->status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), retryAfter(*refused));
        CPPUNIT_ASSERT_MESSAGE(refused->body, has(refused->body, R"("setting":"event_keys[website].rate")"));
        CPPUNIT_ASSERT_EQUAL(5, admitted("another", 5));
        CPPUNIT_ASSERT_MESSAGE("it is the key's fault alone", !gate_.closed());
        clock_.advance(100ms);
        CPPUNIT_ASSERT_EQUAL(1, admitted("website", 5));
        clock_.advance(1h);
        CPPUNIT_ASSERT_EQUAL(3, admitted("website", 5));
    }

    void testEachEventOfABatchIsPaidFor() {
        CPPUNIT_ASSERT(!gate_.admit(request("website")));
        gate_.brought(request("website"), 51);
        clock_.advance(4s);
        const auto refused = gate_.admit(request("website"));
        CPPUNIT_ASSERT(refused && retryAfter(*refused) == "1");
        clock_.advance(1s);
        CPPUNIT_ASSERT(!gate_.admit(request("website")));
    }

    void testRefusalsAreCountedByReason() {
        admitted("website", 5);
        load_.commitAge = 1min;
        admitted("website", 3);
        const std::string text = metrics_.text();
        for (const char* line : {"stepd_shed_total{reason=\"key\"} 2\n", "stepd_shed_total{reason=\"delay\"} 3\n",
                                 "stepd_shed_total{reason=\"memory\"} 0\n"})
            CPPUNIT_ASSERT_MESSAGE(text, has(text, line));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AdmissionGateTest);
