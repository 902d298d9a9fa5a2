#include "result_saver/document.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>

#include "result_saver/failure.h"

using namespace stepd;
using namespace stepd::result_saver;

class DocumentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DocumentTest);
    CPPUNIT_TEST(testKeysStandInOrder);
    CPPUNIT_TEST(testNothingIsInvented);
    CPPUNIT_TEST(testMetaCanBeLeftOut);
    CPPUNIT_TEST(testStepsAreCopiedIfGiven);
    CPPUNIT_TEST(testTextIsCleaned);
    CPPUNIT_TEST(testLongestPageIsHalvedUntilItFits);
    CPPUNIT_TEST(testRawDataGoesLast);
    CPPUNIT_TEST(testWhatNeverFitsIsNotRendered);
    CPPUNIT_TEST(testSaveTimeIsReadBack);
    CPPUNIT_TEST(testSystemErrorsHaveTheirClass);
    CPPUNIT_TEST_SUITE_END();

    static kit::WallTime start() {
        return std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::seconds(3) +
               std::chrono::microseconds(45);
    }

    static std::optional<std::string> text(const Json& input, Format format = {}) {
        return Document(input, "r-1", "run-9", start(), format).render({"2026-01-02T00:00:04.000000Z", 999});
    }

    static Json json(const Json& input, Format format = {}) { return Json::parse(text(input, format).value()); }

    static Json registration(Json inputData = {{"first_name", "Jürgen"}, {"last_name", "Doe"}}) {
        return {
            {"request_id", "r-1"}, {"input_data", std::move(inputData)}, {"warnings", Json::array({{{"code", "x"}}})}};
    }

    static Json withPages(Json pages) {
        return {{"registration", registration()}, {"website_analysis", {{"scraped_content", std::move(pages)}}}};
    }

    void testKeysStandInOrder() {
        const Json input{{"website_analysis", nullptr},
                         {"linkedin_analysis", {{"status", "success"}}},
                         {"registration", registration()}};
        const std::string want = R"({
  "request_id": "r-1",
  "timestamp": "2026-01-02T00:00:03.000045Z",
  "input_data": {
    "first_name": "Jürgen",
    "last_name": "Doe",
    "company_website": null,
    "linkedin": null
  },
  "linkedin_analysis": {
    "status": "success"
  },
  "website_analysis": null,
  "_meta": {
    "schema_version": "1.0",
    "run_id": "run-9",
    "saved_at": "2026-01-02T00:00:04.000000Z",
    "duration_ms": 999,
    "steps": [],
    "validation_warnings": [
      {
        "code": "x"
      }
    ],
    "truncated": false
  }
}
)";
        CPPUNIT_ASSERT_EQUAL(want, text(input).value());
        CPPUNIT_ASSERT_EQUAL(Json::parse(want).dump() + "\n", text(input, {.pretty = false}).value());
    }

    void testNothingIsInvented() {
        const auto reason = [](const Json& reg) {
            return json({{"registration", reg}, {"linkedin_analysis", nullptr}}).at("linkedin_analysis").dump();
        };
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":"skipped","reason":"no_linkedin_url"})"), reason(registration()));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":"skipped","reason":"linkedin_unusable"})"),
                             reason(registration({{"linkedin", "https://linkedin.com/feed"}})));
        Json failed = registration({{"linkedin", "https://www.linkedin.com/in/jane"}});
        failed["linkedin"] = {{"id", "jane"}};
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":"skipped","reason":"no_result"})"), reason(failed));
    }

    void testMetaCanBeLeftOut() {
        CPPUNIT_ASSERT(!json({{"registration", registration()}}, {.includeMeta = false}).contains("_meta"));
    }

    void testStepsAreCopiedIfGiven() {
        const Json step{
            {"name", "validate"}, {"status", "completed"}, {"attempts", 1}, {"duration_ms", 3}, {"other", true}};
        const Json out = json({{"registration", registration()}, {"steps", Json::array({step})}});
        CPPUNIT_ASSERT_EQUAL(std::string(R"([{"name":"validate","status":"completed","attempts":1,"duration_ms":3}])"),
                             out.at("_meta").at("steps").dump());
    }

    void testTextIsCleaned() {
        const Json out = json(withPages({{"u",
                                          "a\xFF"
                                          "b"},
                                         {"n", std::nan("")},
                                         {"i", INFINITY}}));
        const Json& pages = out.at("website_analysis").at("scraped_content");
        CPPUNIT_ASSERT_EQUAL(std::string("a\uFFFDb"), pages.at("u").get<std::string>());
        CPPUNIT_ASSERT(pages.at("n").is_null() && pages.at("i").is_null());
    }

    void testLongestPageIsHalvedUntilItFits() {
        std::string euros;
        for (int i = 0; i < 3000; ++i) euros += "€";
        const Json input = withPages({{"long", euros}, {"short", std::string(900, 'x')}});
        const Json out = json(input, {.maxBytes = 4000});
        CPPUNIT_ASSERT(text(input, {.maxBytes = 4000})->size() <= 4000);
        const Json& pages = out.at("website_analysis").at("scraped_content");
        CPPUNIT_ASSERT_EQUAL(std::size_t{900}, pages.at("short").get<std::string>().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2250},
                             pages.at("long").get<std::string>().size());  // 9000, 4500, 2250: whole characters
        CPPUNIT_ASSERT(out.at("_meta").at("truncated").get<bool>());
    }

    void testRawDataGoesLast() {
        Json input = withPages({{"u", std::string(3000, 'x')}});
        input["linkedin_analysis"] = {{"status", "success"}, {"raw_data", {{"about", std::string(3000, 'y')}}}};
        const Json out = json(input, {.maxBytes = 2000});
        CPPUNIT_ASSERT(!out.at("linkedin_analysis").contains("raw_data"));
        CPPUNIT_ASSERT_EQUAL(std::string("success"), out.at("linkedin_analysis").at("status").get<std::string>());
        CPPUNIT_ASSERT(json(input, {.maxBytes = 4500}).at("linkedin_analysis").contains("raw_data"));
    }

    void testWhatNeverFitsIsNotRendered() {
        const Json input{{"registration", registration({{"first_name", std::string(5000, 'x')}})}};
        CPPUNIT_ASSERT(!text(input, {.maxBytes = 2000}));
    }

    void testSaveTimeIsReadBack() {
        const auto time = SaveTime::of(text({{"registration", registration()}}).value());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T00:00:04.000000Z"), time.value().savedAt);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{999}, time->durationMs);
        for (const char* other : {"", "{", "[]", "{}", R"({"_meta":{"saved_at":1,"duration_ms":2}})"})
            CPPUNIT_ASSERT(!SaveTime::of(other));
    }

    void testSystemErrorsHaveTheirClass() {
        const struct {
            int number;
            const char* code;
            Class want;
        } rows[] = {{ENOSPC, "enospc", Class::Transient},   {EDQUOT, "edquot", Class::Transient},
                    {EIO, "eio", Class::Transient},         {EMFILE, "emfile", Class::Transient},
                    {ENFILE, "enfile", Class::Transient},   {ESTALE, "estale", Class::Transient},
                    {EAGAIN, "eagain", Class::Transient},   {EACCES, "eacces", Class::Permanent},
                    {EPERM, "eperm", Class::Permanent},     {EROFS, "erofs", Class::Permanent},
                    {ENOTDIR, "enotdir", Class::Permanent}, {ENAMETOOLONG, "enametoolong", Class::Permanent},
                    {ELOOP, "eloop", Class::Permanent},     {99999, "io_error", Class::Permanent}};
        for (const auto& row : rows) {
            const auto outcome = outcomeOf(std::system_error(row.number, std::generic_category(), "file"));
            CPPUNIT_ASSERT_EQUAL(std::string(row.code), outcome.code());
            CPPUNIT_ASSERT_MESSAGE(row.code, outcome.outcomeClass() == row.want);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DocumentTest);
