#include "linkedin_collector/analysis.h"

#include <cppunit/extensions/HelperMacros.h>

#include "linkedin_collector/derived.h"

using namespace stepd;
using namespace stepd::linkedin;

class AnalysisTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AnalysisTest);
    CPPUNIT_TEST(testWholeAnalysis);
    CPPUNIT_TEST(testNothingMappedIsEmptyNotInvented);
    CPPUNIT_TEST(testCurrentPosition);
    CPPUNIT_TEST(testExperienceIsTheUnionOfIntervals);
    CPPUNIT_TEST(testReversedDatesAreLeftOut);
    CPPUNIT_TEST(testRecentCompaniesAreFiveAtMost);
    CPPUNIT_TEST_SUITE_END();

    Json warnings_ = Json::array();

    Json run(const Json& mapped, std::vector<std::string> words = defaultPresentWords()) {
        warnings_ = Json::array();
        const kit::WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 4);
        return analyse(mapped, {now, words}, warnings_);
    }

    static Json job(const char* title, const Json& start, const Json& end, const char* company = "Acme") {
        return {{"position", title}, {"company_name", company}, {"starts_at", start}, {"ends_at", end}};
    }

    Json months(const Json& jobs) {
        return run({{"experience", jobs}}).at("professional_info").at("total_experience_months");
    }

    void testWholeAnalysis() {
        const Json mapped = Json::parse(
            R"({"full_name":"Jane Doe","first_name":"Jane","last_name":"Doe","headline":"Builder","location":"Kyiv",
            "profile_id":"jane-doe","followers":"1,234 followers","connections":"500+ connections","about":null,"profile_photo":"https://p/1","background_image":null,
            "experience":[{"position":"VP Engineering","company_name":"Acme","company_url":"https://a","location":"Kyiv","summary":"x","starts_at":"Jan 2022","ends_at":"Present"},
                          {"position":"Developer","company_name":"Initech","starts_at":"2018","ends_at":"2019"}],
            "education":[{"school":"KPI","degree":"BSc","field_of_study":"CS","period":"2010 - 2014"},{"school":"KPI","degree":"MSc","field_of_study":"CS","starts_at":"2014","ends_at":"2016"}],
            "certifications":[{"name":"CKA","organization":null}]})");
        const Json want = Json::parse(R"({
            "profile_summary":{"full_name":"Jane Doe","first_name":"Jane","last_name":"Doe","headline":"Builder","location":"Kyiv","profile_id":"jane-doe",
                "followers":"1,234 followers","connections":"500+ connections","about":"","profile_photo":"https://p/1","background_image":"",
                "followers_count":1234,"connections_count":500},
            "professional_info":{
                "current_position":{"position":"VP Engineering","company_name":"Acme","company_url":"https://a","location":"Kyiv","summary":"x",
                    "starts_at":"Jan 2022","ends_at":"Present","start":"2022-01","end":null,"is_current":true},
                "total_experience_years":6,"total_experience_months":75,"companies_worked_at":["Acme","Initech"],
                "certifications":[{"name":"CKA","organization":""}],"volunteering":[],"seniority":"vp"},
            "experience":{"total_positions":2,"positions":[
                {"position":"VP Engineering","company_name":"Acme","company_url":"https://a","location":"Kyiv","summary":"x",
                    "starts_at":"Jan 2022","ends_at":"Present","start":"2022-01","end":null,"is_current":true},
                {"position":"Developer","company_name":"Initech","company_url":"","location":"","summary":"",
                    "starts_at":"2018","ends_at":"2019","start":"2018-01","end":"2019-12","is_current":false}],
                "recent_companies":["Acme","Initech"]},
            "education":{"total_degrees":2,"degrees":[
                {"school":"KPI","degree":"BSc","field_of_study":"CS","starts_at":"2010","ends_at":"2014"},
                {"school":"KPI","degree":"MSc","field_of_study":"CS","starts_at":"2014","ends_at":"2016"}],
                "universities":["KPI"],"fields_of_study":["CS"]},
            "ai_insights":{"analysis_quality":"not_run"}})");
        CPPUNIT_ASSERT_EQUAL(want.dump(2), run(mapped).dump(2));
        CPPUNIT_ASSERT(warnings_.empty());
    }

    void testNothingMappedIsEmptyNotInvented() {
        const Json out = run(Json::object());
        CPPUNIT_ASSERT_EQUAL(std::string(""), out.at("profile_summary").at("full_name").get<std::string>());
        CPPUNIT_ASSERT(out.at("profile_summary").at("followers_count").is_null());
        for (const char* key : {"current_position", "total_experience_years", "total_experience_months", "seniority"})
            CPPUNIT_ASSERT_MESSAGE(key, out.at("professional_info").at(key).is_null());
        CPPUNIT_ASSERT_EQUAL(0, out.at("experience").at("total_positions").get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("Jane Doe"), run({{"first_name", "Jane"}, {"last_name", "Doe"}})
                                                          .at("profile_summary")
                                                          .at("full_name")
                                                          .get<std::string>());
    }

    void testCurrentPosition() {
        const auto current = [&](const Json& jobs) {
            return run({{"experience", jobs}}).at("professional_info").at("current_position");
        };
        for (const char* end : {"", " ", "present", "PRESENT", "Heute", "aujourd'hui", "actualidad", "现在"}) {
            const Json found = current({job("Old", "2010", "2012"), job("New", "2020", end)});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(end, std::string("New"), found.at("position").get<std::string>());
            CPPUNIT_ASSERT(found.at("is_current").get<bool>());
        }
        const Json ended = current({job("First", "2010", "2012"), job("Second", "2005", "2009")});
        CPPUNIT_ASSERT_EQUAL(std::string("First"), ended.at("position").get<std::string>());
        CPPUNIT_ASSERT(!ended.at("is_current").get<bool>());
        const Json own = run({{"experience", {job("A", "2010", "2012"), job("B", "2020", "zurzeit")}}}, {"zurzeit"});
        CPPUNIT_ASSERT_EQUAL(std::string("B"),
                             own.at("professional_info").at("current_position").at("position").get<std::string>());
    }

    void testExperienceIsTheUnionOfIntervals() {
        CPPUNIT_ASSERT_EQUAL(3, months(Json::array({job("A", "Jan 2020", "Mar 2020")})).get<int>());
        CPPUNIT_ASSERT_EQUAL(
            24, months(Json::array({job("A", "2020", "2021"), job("B", "Jun 2020", "Dec 2020")})).get<int>());
        CPPUNIT_ASSERT_EQUAL(3, months(Json::array({job("A", "2026-01", nullptr)})).get<int>());  // now is March
        CPPUNIT_ASSERT_EQUAL(
            3, months(Json::array({job("A", "2026", "2027")})).get<int>());  // nobody has worked in the future
        CPPUNIT_ASSERT_EQUAL(
            13,
            months(Json::array({job("A", {{"year", 2020}, {"month", 1}}, {{"year", 2021}, {"month", 1}})})).get<int>());
        CPPUNIT_ASSERT_EQUAL(
            12, months(Json::array({job("A", "2020", "2020"), job("B", nullptr, "2022"), job("C", "2001", "later")}))
                    .get<int>());
        CPPUNIT_ASSERT(months(Json::array({job("B", nullptr, "2022")})).is_null());
        CPPUNIT_ASSERT(months(Json::array()).is_null());
        const Json years = run({{"experience", {job("A", "2020-01", "2022-11")}}})
                               .at("professional_info")
                               .at("total_experience_years");
        CPPUNIT_ASSERT_EQUAL(2, years.get<int>());
    }

    void testReversedDatesAreLeftOut() {
        CPPUNIT_ASSERT_EQUAL(12, months(Json::array({job("A", "2021", "2019"), job("B", "2018", "2018")})).get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("dates_reversed"), warnings_.at(0).at("code").get<std::string>());
    }

    void testRecentCompaniesAreFiveAtMost() {
        Json jobs = Json::array();
        for (const char* company : {"A", "A", "B", "C", "", "D", "E", "F"})
            jobs.push_back(job("x", "2020", "2021", company));
        const Json out = run({{"experience", jobs}});
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["A","B","C","D","E"])"),
                             out.at("experience").at("recent_companies").dump());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, out.at("professional_info").at("companies_worked_at").size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AnalysisTest);
