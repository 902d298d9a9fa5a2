#include "api/event_reader.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class EventReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EventReaderTest);
    CPPUNIT_TEST(testOneAndMany);
    CPPUNIT_TEST(testBytesOfDataAreKept);
    CPPUNIT_TEST(testSeedGivesStableIds);
    CPPUNIT_TEST(testRefusals);
    CPPUNIT_TEST_SUITE_END();

    void testOneAndMany() {
        const auto one = api::readEvents(R"({"name":"a.b","id":"x","ts":1735689600123,"user":{"n":1},"v":"1"})", "");
        CPPUNIT_ASSERT(one && one->size() == 1);
        CPPUNIT_ASSERT_EQUAL(std::string("x"), one->front().externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), one->front().data);
        CPPUNIT_ASSERT_EQUAL(std::int64_t(1735689600123000), toMicros(*one->front().ts));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), api::readEvents(R"([{"name":"a"},{"name":"b","data":null}])", "")->size());
        CPPUNIT_ASSERT(api::readEvents("[]", "")->empty());
    }

    // hardening R14
    void testBytesOfDataAreKept() {
        const std::string data = R"({"n": 1.0, "big":123456789012345678901234567890,"u":"\u00e9", "z":-0})";
        CPPUNIT_ASSERT_EQUAL(data, api::readEvents(R"([{"name":"a","data":)" + data + "}]", "")->front().data);
    }

    // inngest-protocol.md section 1.5
    void testSeedGivesStableIds() {
        const auto events =
            api::readEvents(R"([{"name":"a"},{"name":"b","id":"own"},{"name":"c"}])", "1735689600123,ESIzRFVmAAAA/g==");
        CPPUNIT_ASSERT_EQUAL(std::string("01JGFJJZ3V24H36H2NCR00007Z"), events->at(0).externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("own"), events->at(1).externalId);
        CPPUNIT_ASSERT_EQUAL(std::string("01JGFJJZ3V24H36H2NCR000081"), events->at(2).externalId);
        for (const char* bad : {"x", "0,ESIzRFVmAAAA/g==", "1735689600123,short", "1735689600123,!!!!!!!!!!!!!!=="})
            CPPUNIT_ASSERT_MESSAGE(bad, api::readEvents(R"({"name":"a"})", bad)->front().externalId.empty());
    }

    void testRefusals() {
        const struct {
            const char* body;
            const char* says;
        } rows[] = {{"", "not valid JSON"},
                    {"{", "not valid JSON"},
                    {"7", "event object or an array"},
                    {"[1]", "Event 1: must be an object"},
                    {R"([{"name":"a"},{}])", "Event 2: name"},
                    {R"({"name":""})", "name"},
                    {R"({"name":7})", "name"},
                    {R"({"name":"Inngest/x"})", "reserved"},
                    {R"({"name":"a","data":[]})", "data must be an object"},
                    {R"({"name":"a","user":"u"})", "user must be an object"},
                    {R"({"name":"a","id":7})", "id must be a text"},
                    {R"({"name":"a","ts":1})", "ts must be"},
                    {R"({"name":"a","ts":"now"})", "ts must be"}};
        for (const auto& row : rows) {
            const auto events = api::readEvents(row.body, "");
            CPPUNIT_ASSERT_MESSAGE(row.body, !events);
            CPPUNIT_ASSERT_MESSAGE(events.error(), events.error().find(row.says) != std::string::npos);
        }
        std::string many = "[";
        for (int i = 0; i < 5001; ++i) many += std::string(i ? "," : "") + R"({"name":"a"})";
        CPPUNIT_ASSERT(!api::readEvents(many + "]", ""));
        // hardening R28: 100,000 values in one event
        std::string wide = R"({"name":"a","data":{"x":[0)";
        for (int i = 0; i < 100'000; ++i) wide += ",0";
        CPPUNIT_ASSERT(!api::readEvents(wide + "]}}", ""));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(EventReaderTest);
