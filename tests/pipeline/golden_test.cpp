#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pipeline/loader.h"

using namespace stepd;
using namespace stepd::pipeline;
namespace fs = std::filesystem;

/// Each tests/golden/pipelines/NAME.yaml is loaded and its findings compared with NAME.txt. To accept what they are
/// now: STEPD_GOLDEN_UPDATE=1, then read the difference.
class GoldenTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GoldenTest);
    CPPUNIT_TEST(testDiagnostics);
    CPPUNIT_TEST_SUITE_END();

    static std::string read(const fs::path& path) {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

    static LoadContext context() {
        LoadContext context;
        context.retryPolicies["external-api"] = RetryPolicy{};
        context.plugins = {"validator", "linkedin_collector", "website_analyzer", "result_saver"};
        context.secrets = {"api_key"};
        context.limiters = {"linkedin"};
        return context;
    }

    /// With the folder cut off, so that the text is the same wherever the tree lies.
    static std::string findingsOf(const fs::path& file) {
        std::string out;
        const Loaded loaded = loadFile(file.string(), context());
        for (const auto& finding : loaded.findings) out += finding.text() + "\n";
        if (loaded.pipeline != nullptr) out += "loaded\n";
        const std::string folder = file.parent_path().string() + "/";
        for (std::size_t at = out.find(folder); at != std::string::npos; at = out.find(folder, at))
            out.erase(at, folder.size());
        return out;
    }

    void testDiagnostics() {
        const char* source = std::getenv("STEPD_SOURCE_DIR");
        CPPUNIT_ASSERT_MESSAGE("STEPD_SOURCE_DIR is not set; run through ctest", source != nullptr);
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(fs::path(source) / "tests/golden/pipelines"))
            if (entry.path().extension() == ".yaml") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        CPPUNIT_ASSERT(files.size() >= 60);
        std::string different;
        for (const auto& file : files) {
            const std::string got = findingsOf(file);
            fs::path golden = file;
            golden.replace_extension(".txt");
            if (std::getenv("STEPD_GOLDEN_UPDATE") != nullptr) std::ofstream(golden, std::ios::binary) << got;
            if (got != read(golden))
                different += file.filename().string() + ":\n" + got + "\nbut expected\n" + read(golden) + "\n";
        }
        CPPUNIT_ASSERT_MESSAGE(different, different.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(GoldenTest);
