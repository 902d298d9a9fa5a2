#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/sha256.h"
#include "support/daemon_process.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// What is checked is what is loaded (hardening R24): while somebody swaps a plugin's file for another one without end,
/// each call is answered by the library whose digest is configured, or by none.
class SwapRaceTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SwapRaceTest);
    CPPUNIT_TEST(testFileIsSwappedBetweenCheckAndLoad);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int kRounds = 6, kDeaths = 5;

    static std::string digestOf(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return sha256Hex(std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()));
    }

    /// Puts one of two libraries in the place of `file`, in turn, until it is destroyed; then the good one is there.
    class Swapper {
    public:
        Swapper(fs::path file, fs::path good, fs::path evil)
            : file_(std::move(file)), good_(std::move(good)), evil_(std::move(evil)) {
            put(good_);
            thread_ = std::thread([this] {
                while (!stop_) put(evil_), put(good_);
            });
        }
        Swapper(const Swapper&) = delete;
        Swapper& operator=(const Swapper&) = delete;
        ~Swapper() {
            stop_ = true;
            thread_.join();
        }

    private:
        void put(const fs::path& library) const {
            const fs::path next = file_.string() + ".next";
            fs::copy_file(library, next);
            fs::rename(next, file_);
        }
        const fs::path file_, good_, evil_;
        std::atomic<bool> stop_{false};
        std::thread thread_;
    };

    static Json run(const DaemonProcess& daemon) {
        const auto reply = daemon.request("POST", "/api/v1/events", R"({"name":"go","data":{"well":true}})",
                                          {"Authorization: Bearer " + daemon.operatorKey()});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 202L, reply.status);
        return daemon.waitForEnd(reply.json().at("events").at(0).at("run_ids").at(0).get<std::string>());
    }

    void testFileIsSwappedBetweenCheckAndLoad() {
        const fs::path plugins(STEPD_TEST_PLUGINS);
        const fs::path good = plugins / "c_echo.so", evil = plugins / "load_is_larger_than_we_know.so";
        TemporaryDirectory directory;
        const fs::path file = fs::path(directory.path()) / "plugin.so";
        directory.write("stepd.yaml",
                        "http: {listen: \"127.0.0.1:0\"}\nlog: {level: info, format: json}\n"
                        "plugins: {it: {library: " +
                            file.string() + ", sha256: " + digestOf(good) + "}}\n");
        directory.write("pipelines/go.yaml",
                        "version: 1\nid: go\non: [{event: go}]\nsteps:\n  - {id: it, uses: it, retry: never}\n"
                        "output: ${{ steps.it.output }}\n");
        DaemonProcess daemon(directory);
        {
            const Swapper swapper(file, good, evil);
            for (int round = 0; round < kRounds; ++round) {
                daemon.start();
                for (int death = 0; death < kDeaths; ++death) {
                    const Json ended = run(daemon);
                    const std::string all = ended.dump();
                    if (ended.at("state") == "completed")
                        CPPUNIT_ASSERT_MESSAGE(all,
                                               ended.at("output").is_object() && ended.at("output").contains("well"));
                    else
                        CPPUNIT_ASSERT_MESSAGE(all, all.find("SHA-256") != std::string::npos ||
                                                        all.find("\"crash\"") != std::string::npos);
                    for (const pid_t worker : daemon.workers()) ::kill(worker, SIGKILL);
                }
                daemon.kill();
            }
        }
        daemon.start();
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), run(daemon).at("state").get<std::string>());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SwapRaceTest);
