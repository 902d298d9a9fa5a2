#include "ctl/receipt_text.h"

#include <cppunit/extensions/HelperMacros.h>

#include "ctl/run_picture.h"

using namespace stepd::ctl;

/// What people read of what attempts used.
class ReceiptTextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReceiptTextTest);
    CPPUNIT_TEST(testReceiptIsOneLine);
    CPPUNIT_TEST(testPictureTellsEachAttempt);
    CPPUNIT_TEST_SUITE_END();

    void testReceiptIsOneLine() {
        const std::pair<const char*, const char*> rows[] = {
            {R"({"cpu_ms":3.102,"peak_rss_bytes":12582912,"bytes_in":4300,"bytes_out":1100,"host_calls":2})",
             "cpu 3.1 ms · 4.2 KiB in · 1.1 KiB out · 2 host calls · rss 12 MiB"},
            {R"({"cpu_ms":0.018,"peak_rss_bytes":0,"bytes_in":2,"bytes_out":0,"host_calls":0})",
             "cpu 0.0 ms · 2 B in · 0 B out"},
            {R"({"cpu_ms":61500.0,"peak_rss_bytes":1073741824,"bytes_in":1023,"bytes_out":1024,"host_calls":1})",
             "cpu 62 s · 1023 B in · 1.0 KiB out · 1 host call · rss 1.0 GiB"},
            {R"({"cpu_ms":999.4,"bytes_in":1048575,"bytes_out":5497558138880})",
             "cpu 999 ms · 1.0 MiB in · 5.0 TiB out"},
            {"null", ""},
        };
        for (const auto& [json, want] : rows) CPPUNIT_ASSERT_EQUAL(std::string(want), receiptText(Json::parse(json)));
    }

    void testPictureTellsEachAttempt() {
        const auto attempt = [](int number, const char* outcome, double cpu) {
            const Json receipt{{"cpu_ms", cpu}, {"bytes_in", 10}, {"bytes_out", 20}, {"host_calls", 0}};
            return Json{{"number", number}, {"outcome", outcome}, {"details", nullptr}, {"receipt", receipt}};
        };
        const Json step{{"id", "a"},
                        {"state", "completed"},
                        {"attempts", 2},
                        {"plugin", "fetch"},
                        {"build", "0123456789abcdef"},
                        {"error", nullptr},
                        {"progress", nullptr},
                        {"history", Json::array({attempt(1, "upstream", 1.5), attempt(2, "ok", 2.5)})}};
        const Json run{{"id", "R"}, {"pipeline", "p"}, {"state", "completed"}, {"steps", Json::array({step})}};
        const std::string whole = pictureOf(run, Detail::Whole);
        for (const char* part : {"      attempt 1 upstream · fetch 0123456789ab · cpu 1.5 ms · 10 B in · 20 B out\n",
                                 "      attempt 2 ok · fetch 0123456789ab · cpu 2.5 ms · 10 B in · 20 B out\n"})
            CPPUNIT_ASSERT_MESSAGE(whole, whole.find(part) != std::string::npos);
        const std::string brief = pictureOf(run);
        CPPUNIT_ASSERT_MESSAGE(brief, brief.find("cpu") == std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReceiptTextTest);
