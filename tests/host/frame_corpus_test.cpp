#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "host/channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace stepd::host;

/// Replays the corpus of tests/fuzz/frame_fuzz.cpp, and mutations of it from a fixed seed.
class FrameCorpusTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrameCorpusTest);
    CPPUNIT_TEST(testCorpusIsDecodedWhole);
    CPPUNIT_TEST(testCutAndMutatedPacketsHarmNobody);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<std::string> corpus() {
        std::vector<std::string> packets;
        for (const auto& entry : std::filesystem::directory_iterator(STEPD_TEST_FRAME_CORPUS)) {
            std::ifstream file(entry.path(), std::ios::binary);
            packets.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return packets;
    }

    static void run(const std::string& packet) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(packet.data()), packet.size());
    }

    void testCorpusIsDecodedWhole() {
        const auto packets = corpus();
        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, packets.size());
        for (const auto& packet : packets) {
            CPPUNIT_ASSERT_EQUAL(std::string(), decodeFrame(packet, 1, kMaxFrameBytes).violation);
            run(packet);
        }
    }

    /// The header says what the body is, so that a mutation of the body gets past it.
    static std::string withBody(const std::string& packet, std::string body) {
        FrameHeader header;
        std::memcpy(&header, packet.data(), sizeof header);
        header.bodyBytes = body.size();
        header.length = static_cast<std::uint32_t>(sizeof header + body.size());
        std::string out(sizeof header, '\0');
        std::memcpy(out.data(), &header, sizeof header);
        return out + body;
    }

    void testCutAndMutatedPacketsHarmNobody() {
        std::mt19937_64 random(7);
        for (const auto& packet : corpus()) {
            const std::string body = packet.substr(sizeof(FrameHeader));
            for (std::size_t cut = 0; cut < packet.size(); ++cut) run(packet.substr(0, cut));
            for (std::size_t cut = 0; cut < body.size(); ++cut) run(withBody(packet, body.substr(0, cut)));
            for (int i = 0; i < 2000 && !body.empty(); ++i) {
                std::string mutated = body;
                for (auto changes = random() % 4 + 1; changes > 0; --changes)
                    mutated[random() % mutated.size()] = static_cast<char>(random());
                run(withBody(packet, mutated));
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FrameCorpusTest);
