#include <cppunit/extensions/HelperMacros.h>

#include <sstream>

#include "cases.h"

using namespace stepd::misbehaving;
using stepd::test::Json;

/// The judge is judged: what is not as a row says is seen.
class CasesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CasesTest);
    CPPUNIT_TEST(testRowsAreRead);
    CPPUNIT_TEST(testWhatIsNoRowIsRefused);
    CPPUNIT_TEST(testEachColumnIsHeldAgainstTheRun);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<Case> read(const std::string& text, const std::string& section = "Deaths") {
        std::istringstream readme(text);
        return readCases(readme, section);
    }

    static constexpr const char* kTable =
        "# Title\n"
        "## Deaths: deaths.so\n"
        "Prose with `code`.\n\n"
        "| case | what | settings | ends as | run | says |\n| --- | --- | --- | --- | --- | --- |\n"
        "| `aborts` | abort() | | `crash/crash` | `failed` | `signal 6` `Aborted` |\n"
        "All with `timeout: 1s`:\n"
        "| `spins` | for ever | `retry: {attempts: 2}` | `timeout` or `crash` | `failed` | |\n"
        "## Others: *.so\n"
        "| `alone` | | | `ok` | `completed` | |\n";

    void testRowsAreRead() {
        const auto deaths = read(kTable);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, deaths.size());
        CPPUNIT_ASSERT_EQUAL(std::string("aborts"), deaths[0].name);
        CPPUNIT_ASSERT_EQUAL(std::string("deaths.so"), deaths[0].library);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, deaths[0].settings.size());
        CPPUNIT_ASSERT((deaths[0].says == std::vector<std::string>{"signal 6", "Aborted"}));
        CPPUNIT_ASSERT((deaths[1].settings == std::vector<std::string>{"timeout: 1s", "retry: {attempts: 2}"}));
        CPPUNIT_ASSERT((deaths[1].ends == std::vector<std::string>{"timeout", "crash"}));
        const auto others = read(kTable, "Others");
        CPPUNIT_ASSERT_EQUAL(std::string("alone.so"), others.at(0).library);
        CPPUNIT_ASSERT(others[0].oneStep && others[0].settings.empty());
    }

    void testWhatIsNoRowIsRefused() {
        for (const char* row : {"| `a` | too | few |", "| `a` | | | | `failed` | |", "| `a` | | | `crash` | | |",
                                "| `a` | | | `crash | `failed` | |"})
            CPPUNIT_ASSERT_THROW_MESSAGE(row, read(std::string("## Deaths: deaths.so\n") + row + "\n"),
                                         std::runtime_error);
        CPPUNIT_ASSERT_THROW(read(kTable, "Stalls"), std::runtime_error);
    }

    static Json run(const std::string& state, const std::string& errorClass, const std::string& message) {
        const Json error{{"class", errorClass}, {"code", "crash"}, {"message", message}};
        return {{"state", state}, {"steps", {{{"state", "failed"}, {"output", nullptr}, {"error", error}}}}};
    }

    void testEachColumnIsHeldAgainstTheRun() {
        const auto row = read(kTable).at(0);
        const auto objects = [&](const Json& shown) { return !row.objection(shown).empty(); };
        CPPUNIT_ASSERT_EQUAL(std::string(), row.objection(run("failed", "crash", "signal 6 (Aborted)")));
        CPPUNIT_ASSERT(objects(run("failed", "timeout", "signal 6 (Aborted)")));
        CPPUNIT_ASSERT(objects(run("quarantined", "crash", "signal 6 (Aborted)")));
        CPPUNIT_ASSERT(objects(run("failed", "crash", "signal 11")));
        CPPUNIT_ASSERT(objects(Json::object()) && objects(Json()));
        const Json well{{"state", "completed"},
                        {"steps", {{{"state", "completed"}, {"output", 1}, {"error", nullptr}}}}};
        CPPUNIT_ASSERT(objects(well));
        std::istringstream readme(kTable);
        CPPUNIT_ASSERT_EQUAL(std::string(), readCases(readme, "Others").at(0).objection(well));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CasesTest);
