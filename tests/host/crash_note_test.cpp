#include "host/crash_note.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <memory>
#include <random>

#include "host/symbolizer.h"

extern "C" int fuzzCrash(const std::uint8_t* data, std::size_t size);

using namespace stepd::host;

/// A note is a worker's word: read with bounds, whatever stands there.
class CrashNoteTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrashNoteTest);
    CPPUNIT_TEST(testNoteIsRead);
    CPPUNIT_TEST(testNothingNotedIsNothing);
    CPPUNIT_TEST(testCountsThatLieAreCut);
    CPPUNIT_TEST(testNamesAreQuoted);
    CPPUNIT_TEST(testAnswersThatDoNotFitAreLeftOut);
    CPPUNIT_TEST(testMutatedNotesHarmNobody);
    CPPUNIT_TEST_SUITE_END();

    /// SIGSEGV in the second frame, of the plugin; the first is in libc, the third nowhere.
    static std::unique_ptr<CrashNote> sample() {
        auto note = std::make_unique<CrashNote>();
        note->state = CrashNote::Complete;
        note->signal = 11;
        note->code = 1;
        note->flags = CrashNote::StackOverflow;
        note->address = 0x40;
        note->token = 7;
        note->frameCount = 3;
        note->moduleCount = 2;
        note->frames[0] = {.module = 1, .reserved = 0, .offset = 0x1000};
        note->frames[1] = {.module = 0, .reserved = 0, .offset = 0x2000};
        note->frames[2] = {.module = CrashNote::kNoModule, .reserved = 0, .offset = 0x3000};
        note->modules[0].plugin = 1;
        std::strcpy(note->modules[0].name, "x.so");
        std::strcpy(note->modules[1].name, "libc.so.6");
        return note;
    }
    static std::string bytesOf(const CrashNote& note) { return {reinterpret_cast<const char*>(&note), sizeof note}; }

    void testNoteIsRead() {
        const auto trace = readCrashNote(bytesOf(*sample()));
        CPPUNIT_ASSERT(trace && trace->stackOverflow && !trace->memoryExhausted);
        CPPUNIT_ASSERT_EQUAL(11, trace->signal);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, trace->token);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, trace->frames.size());
        CPPUNIT_ASSERT_EQUAL(std::string("libc.so.6+0x1000"), trace->frames[0].text());
        CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x2000"), trace->blamed()->text());
        CPPUNIT_ASSERT_EQUAL(std::string("0x3000"), trace->frames[2].text());
    }

    void testNothingNotedIsNothing() {
        const CrashNote empty{};
        CPPUNIT_ASSERT(!readCrashNote(bytesOf(empty)));
        CPPUNIT_ASSERT(!readCrashNote(bytesOf(*sample()).substr(1)));
        CPPUNIT_ASSERT(!readCrashNote({}));
    }

    void testCountsThatLieAreCut() {
        const auto note = sample();
        note->frameCount = 0xffffffff;
        note->moduleCount = 0xffffffff;
        note->frames[5].module = 0xfffffffe;
        const auto trace = readCrashNote(bytesOf(*note));
        CPPUNIT_ASSERT_EQUAL(CrashNote::kFrames, trace->frames.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), trace->frames[5].module);
    }

    void testNamesAreQuoted() {
        const auto note = sample();
        std::memset(note->modules[1].name, 'a', CrashNote::kNameBytes);  // no zero at the end
        note->modules[0].name[0] = '\x1b';
        note->modules[0].name[1] = '\xff';
        const auto trace = readCrashNote(bytesOf(*note));
        CPPUNIT_ASSERT_EQUAL(CrashNote::kNameBytes, trace->frames[0].module.size());
        CPPUNIT_ASSERT_EQUAL(std::string::npos, trace->frames[1].module.find_first_of("\x1b\xff"));
    }

    void testAnswersThatDoNotFitAreLeftOut() {
        auto trace = *readCrashNote(bytesOf(*sample()));
        const auto text = [&](const std::string& answers) {
            auto copy = trace;
            nameFrames(copy, answers);
            return copy.blamed()->text();
        };
        CPPUNIT_ASSERT_EQUAL(std::string("f()+0x1 (x.cpp:3)"), text("f()+0x1\tx.cpp:3\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("f()+0x1"), text("f()+0x1\t?\nsurplus\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x2000"), text("f()+0x1\tx.cpp:3"));  // cut off
        CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x2000"), text("no tab\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x2000"), text(std::string(5000, 'f') + "\t?\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x2000"), text(""));
    }

    void testMutatedNotesHarmNobody() {
        std::mt19937_64 random(7);
        const std::string whole = bytesOf(*sample()) + "f()+0x1\tx.cpp:3\n";
        for (int i = 0; i < 20'000; ++i) {
            std::string mutated = whole;
            // The head holds the counts: it is hit more often than its share.
            for (auto changes = random() % 8 + 1; changes > 0; --changes)
                mutated[random() % (random() % 2 != 0 ? 128 : mutated.size())] = static_cast<char>(random());
            fuzzCrash(reinterpret_cast<const std::uint8_t*>(mutated.data()), mutated.size());
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CrashNoteTest);
