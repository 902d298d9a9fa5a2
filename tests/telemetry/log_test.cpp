#include "telemetry/log.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <streambuf>
#include <thread>

using namespace stepd;

namespace {

/// In place of standard error: takes nothing until it is opened, then keeps all lines.
class Dam final : public std::streambuf {
public:
    Dam() : before_(std::clog.rdbuf(this)) {}
    ~Dam() override { std::clog.rdbuf(before_); }
    Dam(const Dam&) = delete;
    Dam& operator=(const Dam&) = delete;
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    std::string text() {
        const std::lock_guard lock(mutex_);
        return text_;
    }

protected:
    int overflow(int c) override {
        const char one = static_cast<char>(c);
        return xsputn(&one, 1) == 1 ? c : traits_type::eof();
    }
    std::streamsize xsputn(const char* bytes, std::streamsize count) override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return open_; });
        text_.append(bytes, static_cast<std::size_t>(count));
        return count;
    }

private:
    std::streambuf* const before_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    std::string text_;
};

}  // namespace

class LogTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(testFieldsAreJson);
    CPPUNIT_TEST(testHostileNamesGiveOneLine);
    CPPUNIT_TEST(testReaderThatHangsCostsLinesAndNoMemory);
    CPPUNIT_TEST_SUITE_END();

    void testFieldsAreJson() {
        CPPUNIT_ASSERT_EQUAL(std::string("3"), log::Field("attempt", 3).json);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), log::Field("ok", true).json);
        CPPUNIT_ASSERT_EQUAL(std::string("0.25"), log::Field("seconds", 0.25).json);
        CPPUNIT_ASSERT_EQUAL(std::string("\"fetch\""), log::Field("step", "fetch").json);
        CPPUNIT_ASSERT(log::Field("run_id", "").json.empty());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"time":"T","level":"info","message":"run completed","step":"a"})"),
                             log::render(log::Format::Json, "T", log::Level::Info, "run completed", R"(,"step":"a")"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"(T warning slow "step":"a")"),
                             log::render(log::Format::Text, "T", log::Level::Warning, "slow", R"(,"step":"a")"));
    }

    // hardening R33
    void testHostileNamesGiveOneLine() {
        for (const char* name : {"a\nb", "\x1B[2J", "<script>", "\xE2\x80\xAEmoc", "../../x", "\xFF\xFE", "\r\n\r\n"}) {
            const log::Field field("name", name);
            const std::string line =
                log::render(log::Format::Json, "T", log::Level::Info, name, ",\"name\":" + field.json);
            CPPUNIT_ASSERT_EQUAL(std::string::npos, line.find_first_of("\n\r\x1B"));
        }
    }

    void testReaderThatHangsCostsLinesAndNoMemory() {
        Dam dam;
        log::open(log::Level::Info, log::Format::Text);
        for (int i = 0; i < 30'000; ++i) log::info("line");
        dam.open();
        while (dam.text().empty()) std::this_thread::yield();
        log::info("later");  // there is room again, so what is missing is said
        log::close();
        const std::string text = dam.text();
        const auto lines = std::count(text.begin(), text.end(), '\n');
        CPPUNIT_ASSERT_MESSAGE(std::to_string(lines), lines >= 20'000 && lines <= 20'010);
        CPPUNIT_ASSERT_MESSAGE(text.substr(text.size() - 200), text.find("ropped") != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);
