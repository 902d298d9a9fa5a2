#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <stepd/testing/harness.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "kit/sha256.h"
#include "result_saver/sweep.h"

using namespace stepd;
namespace fs = std::filesystem;

class ResultSaverTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResultSaverTest);
    CPPUNIT_TEST(testSavesOneFile);
    CPPUNIT_TEST(testModes);
    CPPUNIT_TEST(testRepeatedAttemptFindsItsFile);
    CPPUNIT_TEST(testOtherContentTakesTheNextName);
    CPPUNIT_TEST(testAllNamesTaken);
    CPPUNIT_TEST(testLinksAndPipesUnderTheNameAreLeftAlone);
    CPPUNIT_TEST(testRequestIdsThatCannotNameAFile);
    CPPUNIT_TEST(testMissingRegistration);
    CPPUNIT_TEST(testDirectoryIsMadeWithItsParents);
    CPPUNIT_TEST(testOutputDirIsAFile);
    CPPUNIT_TEST(testOutputDirIsALoop);
    CPPUNIT_TEST(testTooLarge);
    CPPUNIT_TEST(testAbandonedTemporariesAreRemoved);
    CPPUNIT_TEST(testExpiredResultsAreRemovedOnceADay);
    CPPUNIT_TEST(testTimesOfNames);
    CPPUNIT_TEST(testCancelled);
    CPPUNIT_TEST(testWrongOptionsAreRefused);
    CPPUNIT_TEST_SUITE_END();

    fs::path root_;
    const std::string kName = "analysis_r-1_20260102_030405.json";

public:
    void setUp() override {
        std::string pattern = (fs::temp_directory_path() / "result_saver_test.XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    void tearDown() override { fs::remove_all(root_); }

private:
    fs::path dir() const { return root_ / "outputs"; }

    Json options(Json more = Json::object()) const {
        Json all{{"output_dir", dir().string()}};
        all.update(more);
        return all;
    }

    static Json input(const char* firstName = "Jane") {
        return {{"registration", {{"request_id", "r-1"}, {"input_data", {{"first_name", firstName}}}}},
                {"linkedin_analysis", nullptr},
                {"website_analysis", nullptr}};
    }

    std::set<std::string> names() const {
        std::set<std::string> out;
        for (const auto& entry : fs::directory_iterator(dir())) out.insert(entry.path().filename());
        return out;
    }

    static std::string content(const fs::path& path) {
        std::ostringstream out;
        out << std::ifstream(path).rdbuf();
        return out.str();
    }

    static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

    static void age(const fs::path& path, std::chrono::system_clock::time_point time) {
        const timespec times[] = {{std::chrono::system_clock::to_time_t(time), 0},
                                  {std::chrono::system_clock::to_time_t(time), 0}};
        CPPUNIT_ASSERT_EQUAL(0, ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW));
    }

    void testSavesOneFile() {
        testing::StepHarness step("result_saver", options());
        step.now += std::chrono::milliseconds(1500);
        const auto outcome = step.run(input());
        CPPUNIT_ASSERT_MESSAGE(outcome.message(), outcome.ok());
        CPPUNIT_ASSERT(names() == std::set<std::string>{kName});
        const std::string text = content(dir() / kName);
        const Json want{{"path", "outputs/" + kName},
                        {"file", kName},
                        {"bytes", text.size()},
                        {"sha256", kit::sha256(text)},
                        {"created", true}};
        CPPUNIT_ASSERT_EQUAL(want.dump(), outcome.output().dump());
        const Json saved = Json::parse(text);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.000000Z"), saved.at("timestamp").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(1500, saved.at("_meta").at("duration_ms").get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:06.500000Z"),
                             saved.at("_meta").at("saved_at").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("run-1"), saved.at("_meta").at("run_id").get<std::string>());
        CPPUNIT_ASSERT(text.ends_with("}\n"));
    }

    void testModes() {
        struct stat status {};
        for (const auto& [mode, want] :
             {std::pair<Json, mode_t>{Json("0600"), 0600}, {Json(664), 0664}, {Json(nullptr), 0640}}) {
            fs::remove_all(dir());
            testing::StepHarness step("result_saver",
                                      options({{"file_mode", mode}, {"dir_mode", "0700"}, {"fsync", false}}));
            CPPUNIT_ASSERT(step.run(input()).ok());
            CPPUNIT_ASSERT_EQUAL(0, ::stat((dir() / kName).c_str(), &status));
            CPPUNIT_ASSERT_EQUAL(want, status.st_mode & 07777);
            CPPUNIT_ASSERT_EQUAL(0, ::stat(dir().c_str(), &status));
            CPPUNIT_ASSERT_EQUAL(mode_t{0700}, status.st_mode & 07777);
        }
    }

    void testRepeatedAttemptFindsItsFile() {
        testing::StepHarness step("result_saver", options());
        const auto first = step.run(input());
        step.now += std::chrono::minutes(7);  // saved_at and duration_ms differ now
        const auto second = step.run(input());
        CPPUNIT_ASSERT(names() == std::set<std::string>{kName});
        CPPUNIT_ASSERT(first.output().at("created").get<bool>() && !second.output().at("created").get<bool>());
        CPPUNIT_ASSERT(first.output().at("sha256") == second.output().at("sha256"));
        CPPUNIT_ASSERT(first.output().at("bytes") == second.output().at("bytes"));

        testing::StepHarness bare("result_saver",
                                  options({{"include_meta", false}, {"output_dir", (root_ / "bare").string()}}));
        CPPUNIT_ASSERT(bare.run(input()).output().at("created").get<bool>());
        CPPUNIT_ASSERT(!bare.run(input()).output().at("created").get<bool>());
    }

    void testOtherContentTakesTheNextName() {
        testing::StepHarness step("result_saver", options());
        CPPUNIT_ASSERT(step.run(input()).ok());
        const std::string before = content(dir() / kName);
        const auto outcome = step.run(input("John"));
        CPPUNIT_ASSERT_EQUAL(std::string("analysis_r-1_20260102_030405_2.json"),
                             outcome.output().at("file").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(before, content(dir() / kName));
        CPPUNIT_ASSERT(!step.run(input("John")).output().at("created").get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, names().size());
    }

    void testAllNamesTaken() {
        fs::create_directory(dir());
        write(dir() / kName, "x");
        for (int i = 2; i <= 99; ++i)
            write(dir() / ("analysis_r-1_20260102_030405_" + std::to_string(i) + ".json"), "x");
        testing::StepHarness step("result_saver", options());
        const auto outcome = step.run(input());
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::Permanent);
        CPPUNIT_ASSERT_EQUAL(std::string("eexist"), outcome.code());
        CPPUNIT_ASSERT_EQUAL(std::size_t{99}, names().size());  // and no temporary file
    }

    void testLinksAndPipesUnderTheNameAreLeftAlone() {
        fs::create_directory(dir());
        write(root_ / "victim", "keep");
        fs::create_symlink(root_ / "victim", dir() / kName);
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((dir() / "analysis_r-1_20260102_030405_2.json").c_str(), 0600));
        testing::StepHarness step("result_saver", options());
        CPPUNIT_ASSERT_EQUAL(std::string("analysis_r-1_20260102_030405_3.json"),
                             step.run(input()).output().at("file").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("keep"), content(root_ / "victim"));
    }

    void testRequestIdsThatCannotNameAFile() {
        testing::StepHarness step("result_saver", options());
        for (const Json& id : {Json("../../etc/passwd"), Json("a/b"), Json(std::string("a\0b", 3)),
                               Json(std::string(300, 'x')), Json(""), Json(".x"), Json(4), Json()}) {
            Json bad = input();
            bad["registration"]["request_id"] = id;
            const auto outcome = step.run(bad);
            CPPUNIT_ASSERT(outcome.outcomeClass() == Class::InvalidInput);
            CPPUNIT_ASSERT_EQUAL(std::string("invalid_request_id"), outcome.code());
        }
        CPPUNIT_ASSERT(!fs::exists(dir()));
        Json longest = input();
        longest["registration"]["request_id"] = std::string(128, 'x');
        CPPUNIT_ASSERT(step.run(longest).ok());
    }

    void testMissingRegistration() {
        testing::StepHarness step("result_saver", options());
        for (const Json& bad : {Json::object(), Json::array(), Json{{"registration", nullptr}}})
            CPPUNIT_ASSERT_EQUAL(std::string("missing_registration"), step.run(bad).code());
    }

    void testDirectoryIsMadeWithItsParents() {
        testing::StepHarness step("result_saver", options({{"output_dir", (root_ / "a" / "b" / "").string()}}));
        CPPUNIT_ASSERT_EQUAL("b/" + kName, step.run(input()).output().at("path").get<std::string>());
        CPPUNIT_ASSERT(fs::exists(root_ / "a" / "b" / kName));
    }

    void testOutputDirIsAFile() {
        write(dir(), "a file");
        testing::StepHarness step("result_saver", options());
        const auto outcome = step.run(input());
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::Permanent);
        CPPUNIT_ASSERT_EQUAL(std::string("enotdir"), outcome.code());
    }

    void testOutputDirIsALoop() {
        fs::create_symlink(dir(), dir());
        testing::StepHarness step("result_saver", options());
        CPPUNIT_ASSERT_EQUAL(std::string("eloop"), step.run(input()).code());
    }

    void testTooLarge() {
        testing::StepHarness step("result_saver", options({{"max_bytes", 1024}}));
        const auto outcome = step.run(input(std::string(2000, 'x').c_str()));
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::Permanent);
        CPPUNIT_ASSERT_EQUAL(std::string("result_too_large"), outcome.code());
        CPPUNIT_ASSERT(!fs::exists(dir()));
    }

    void testAbandonedTemporariesAreRemoved() {
        fs::create_directory(dir());
        testing::StepHarness step("result_saver", options());
        for (const char* name : {".analysis_old.0011.tmp", ".analysis_new.0011.tmp", ".other.tmp"})
            write(dir() / name, "x");
        age(dir() / ".analysis_old.0011.tmp", step.now - std::chrono::minutes(61));
        age(dir() / ".analysis_new.0011.tmp", step.now - std::chrono::minutes(59));
        age(dir() / ".other.tmp", step.now - std::chrono::hours(99));
        CPPUNIT_ASSERT(step.run(input()).ok());
        CPPUNIT_ASSERT((names() == std::set<std::string>{kName, ".analysis_new.0011.tmp", ".other.tmp"}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, step.logs.size());
    }

    void testExpiredResultsAreRemovedOnceADay() {
        fs::create_directory(dir());
        const std::string expired = "analysis_a_20251230_030404.json";
        const std::set<std::string> others = {"analysis_b_20251230_030405_2.json", "analysis_c_20251231_000000.json",
                                              "analysis_d.json", "notes_20200101_000000.json"};
        for (const auto& name : others) write(dir() / name, "x");
        write(dir() / expired, "x");
        testing::StepHarness step("result_saver", options({{"retention_days", 3}}));
        CPPUNIT_ASSERT(step.run(input()).ok());
        std::set<std::string> want = others;
        want.insert(kName);
        CPPUNIT_ASSERT(names() == want);

        write(dir() / expired, "x");
        CPPUNIT_ASSERT(step.run(input()).ok());
        CPPUNIT_ASSERT(names().contains(expired));  // swept today already
        step.now += std::chrono::hours(24);
        CPPUNIT_ASSERT(step.run(input()).ok());
        CPPUNIT_ASSERT(!names().contains(expired));

        testing::StepHarness keeper("result_saver", options({{"retention_days", 0}}));
        write(dir() / expired, "x");
        CPPUNIT_ASSERT(keeper.run(input()).ok());
        CPPUNIT_ASSERT(names().contains(expired));
    }

    void testTimesOfNames() {
        using result_saver::timeOfName;
        const auto want = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::hours(3) +
                          std::chrono::minutes(4) + std::chrono::seconds(5);
        for (const char* name : {"analysis_r-1_20260102_030405.json", "analysis_r_20260102_030405_2.json",
                                 "analysis_a_20250101_000000_20260102_030405_99.json"})
            CPPUNIT_ASSERT_MESSAGE(name, timeOfName(name) == want);
        for (const char* name : {"analysis_r_20261302_030405.json", "analysis_r_20260102_030405_100.json",
                                 "analysis_r_2026010_030405.json", "analysis__20260102_030405.txt",
                                 "x_r_20260102_030405.json", "analysis_20260102_030405.json", ".json", ""})
            CPPUNIT_ASSERT_MESSAGE(name, !timeOfName(name));
    }

    void testCancelled() {
        testing::StepHarness step("result_saver", options());
        step.cancel();
        CPPUNIT_ASSERT(step.run(input()).outcomeClass() == Class::Cancelled);
        CPPUNIT_ASSERT(!fs::exists(dir()));
    }

    void testWrongOptionsAreRefused() {
        const Json rows[] = {
            {{"file_mode", "0777777"}}, {{"file_mode", "abc"}}, {{"file_mode", 416}},     {{"file_mode", "0642"}},
            {{"dir_mode", "0640"}},     {{"max_bytes", 10}},    {{"retention_days", -1}}, {{"output_dir", ""}},
            {{"outputdir", "x"}},       {{"pretty", 1}}};
        for (const Json& row : rows) {
            testing::StepHarness step("result_saver", row);
            const auto outcome = step.run(input());
            CPPUNIT_ASSERT_MESSAGE(row.dump(), outcome.outcomeClass() == Class::InvalidConfig);
            CPPUNIT_ASSERT_MESSAGE(outcome.message(), outcome.message().starts_with(row.begin().key()));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ResultSaverTest);
