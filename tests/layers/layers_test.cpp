#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace fs = std::filesystem;

namespace {

/// The picture in daemon/README.md.
const std::map<std::string, int> kLayers{{"app", 6},       {"ctl", 6},  {"worker", 6}, {"api", 5},      {"engine", 4},
                                         {"rehearsal", 5}, {"host", 3}, {"store", 3},  {"pipeline", 3}, {"config", 3},
                                         {"outbound", 3},  {"cel", 2},  {"http", 2},   {"yaml", 2},     {"model", 1},
                                         {"telemetry", 1}, {"json", 1}, {"base", 0}};

std::string quotedInclude(const std::string& line) {
    constexpr std::string_view kStart = "#include \"";
    if (!line.starts_with(kStart)) return {};
    return line.substr(kStart.size(), line.find('"', kStart.size()) - kStart.size());
}

}  // namespace

class LayersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LayersTest);
    CPPUNIT_TEST(testModulesIncludeOnlyFromBelow);
    CPPUNIT_TEST(testEngineSeesOnlyItsInterfaces);
    CPPUNIT_TEST(testEveryFolderHasALayer);
    CPPUNIT_TEST_SUITE_END();

    struct Include {
        std::string file;
        std::string from;
        std::string target;  ///< `store/store.h`
        std::string to;
    };

    static std::vector<Include> includes() {
        std::vector<Include> found;
        const fs::path root(STEPD_DAEMON_SOURCES);
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            const auto extension = entry.path().extension();
            if (extension != ".h" && extension != ".cpp") continue;
            const fs::path relative = fs::relative(entry.path(), root);
            if (relative.begin()->string() == relative.string()) continue;  // main.cpp
            std::ifstream file(entry.path());
            for (std::string line; std::getline(file, line);) {
                const std::string target = quotedInclude(line);
                if (target.find('/') == std::string::npos) continue;
                found.push_back(
                    {relative.string(), relative.begin()->string(), target, fs::path(target).begin()->string()});
            }
        }
        return found;
    }

    void testModulesIncludeOnlyFromBelow() {
        std::ostringstream wrong;
        int checked = 0;
        for (const Include& include : includes()) {
            const auto from = kLayers.find(include.from);
            const auto to = kLayers.find(include.to);
            if (from == kLayers.end() || to == kLayers.end() || include.from == include.to) continue;
            ++checked;
            if (to->second >= from->second) wrong << "  " << include.file << " includes " << include.target << '\n';
        }
        CPPUNIT_ASSERT_MESSAGE("no #include lines found", checked > 0);
        CPPUNIT_ASSERT_MESSAGE("against the layers of daemon/README.md:\n" + wrong.str(), wrong.str().empty());
    }

    void testEngineSeesOnlyItsInterfaces() {
        for (const Include& include : includes()) {
            if (include.from != "engine") continue;
            if (include.to == "host")
                CPPUNIT_ASSERT_EQUAL_MESSAGE(include.file, std::string("host/invoker.h"), include.target);
            if (include.to == "store")
                CPPUNIT_ASSERT_EQUAL_MESSAGE(include.file, std::string("store/store.h"), include.target);
            CPPUNIT_ASSERT_MESSAGE(
                include.file + " includes " + include.target,
                include.to != "http" && include.to != "yaml" && include.to != "outbound" && include.to != "config");
        }
    }

    void testEveryFolderHasALayer() {
        for (const auto& entry : fs::directory_iterator(STEPD_DAEMON_SOURCES)) {
            if (entry.is_directory())
                CPPUNIT_ASSERT_MESSAGE(entry.path().string(), kLayers.contains(entry.path().filename().string()));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LayersTest);
