#include "torture/swaps.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "store/sqlite/statement.h"
#include "torture/connection.h"
#include "torture/evidence.h"
#include "torture/setup.h"

namespace stepd::torture {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using test::Json;

constexpr auto kTick = std::chrono::milliseconds(10);

std::int64_t numberOf(sqlite3* db, const std::string& query) {
    store::Statement statement(db, query);
    auto rows = statement.query();
    return rows.next() ? rows.integer(0) : -1;
}

}  // namespace

bool Swaps::run() {
    writeSwapSetup(directory_);
    install("versioned_1");
    daemon_.start();
    const pid_t pid = daemon_.pid();
    std::printf("swap: %d swaps at %.0f runs/s, state in %s\n", options_.swaps, options_.rate,
                directory_.path().c_str());
    std::fflush(stdout);
    swapAll();
    const Leftovers left = awaitRest(databaseFile(directory_), options_.patience);
    if (!left.none()) findings_.push_back("nothing moves any more, and there are " + left.text());
    expect("the daemon's pid", daemon_.pid(), pid);
    expect("exit code of the daemon", daemon_.stop(), 0);
    judge();
    for (const std::string& finding : findings_) std::printf("FOUND %s\n", finding.c_str());
    if (!findings_.empty()) directory_.keep();
    return findings_.empty();
}

void Swaps::install(const std::string& build) const {
    const fs::path to = directory_.path() + "/plugins/versioned.so";
    fs::create_directories(to.parent_path());
    fs::copy_file(std::string(STEPD_TEST_PLUGINS) + "/" + build + ".so", to.string() + ".new");
    fs::rename(to.string() + ".new", to);
}

void Swaps::swapAll() {
    const auto begin = SteadyClock::now();
    const auto end = begin + options_.interval * (options_.swaps + 1);
    std::thread sender([this, end] { send(end); });
    for (int i = 1; i <= options_.swaps; ++i) {
        std::this_thread::sleep_until(begin + options_.interval * i);
        swap(i % 2 == 1 ? "versioned_2" : "versioned_1");
    }
    sender.join();
    if (!sending_.empty()) findings_.push_back(sending_);
    std::sort(tookMs_.begin(), tookMs_.end());
    if (!tookMs_.empty())
        std::printf("swap: a reload took %.0f ms in the middle, %.0f ms at most\n", tookMs_[tookMs_.size() / 2],
                    tookMs_.back());
}

void Swaps::swap(const std::string& build) {
    install(build);
    const auto begin = SteadyClock::now();
    const auto reply = daemon_.request("POST", "/api/v1/plugins/versioned/reload", "",
                                       {"Authorization: Bearer " + daemon_.operatorKey()});
    tookMs_.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count());
    if (reply.status != 200 || reply.json().value("status", "") != "replaced")
        findings_.push_back("the reload to " + build + " was answered " + reply.body);
}

/// What is due by now goes in one request.
void Swaps::send(SteadyClock::time_point end) {
    Connection connection;
    const auto begin = SteadyClock::now();
    for (auto now = begin; now < end; now = SteadyClock::now()) {
        const auto due = static_cast<std::int64_t>(options_.rate * std::chrono::duration<double>(now - begin).count());
        if (due > sent_) {
            Json events = Json::array();
            for (; sent_ < due; ++sent_) events.push_back({{"name", "swapped.asked"}, {"data", {{"n", sent_}}}});
            const Answer answer = connection.post(daemon_.port(), std::string("/e/") + kEventKey, events.dump(), {});
            if (answer.status != 200)
                sending_ = "events were answered " + std::to_string(answer.status) + " " + answer.body;
        }
        std::this_thread::sleep_for(kTick);
    }
}

void Swaps::expect(const std::string& what, std::int64_t is, std::int64_t wanted) {
    if (is != wanted) findings_.push_back(what + ": " + std::to_string(is) + " instead of " + std::to_string(wanted));
}

void Swaps::judge() {
    sqlite3* db = nullptr;
    sqlite3_open_v2(databaseFile(directory_).c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> owned(db, &sqlite3_close);
    const auto steps = [&](const std::string& where) {
        return numberOf(db, "SELECT count(*) FROM steps WHERE " + where);
    };
    const std::string ofBuild = "json_extract(output, '$.build') = ";
    const auto first = steps(ofBuild + "'1.0.0'"), second = steps(ofBuild + "'2.0.0'");
    expect("runs", numberOf(db, "SELECT count(*) FROM runs"), sent_);
    expect("runs that are not completed", numberOf(db, "SELECT count(*) FROM runs WHERE state <> 10"), 0);
    expect("attempts that did not end well", numberOf(db, "SELECT count(*) FROM attempts"), 0);
    expect("steps with more than one attempt", steps("attempts <> 1"), 0);
    expect("steps that no build did", steps("true") - first - second, 0);
    if (first == 0 || second == 0) findings_.push_back("only one build has done steps");
    const auto mixed = numberOf(db,
                                "SELECT count(*) FROM (SELECT id >> 16 AS run FROM steps GROUP BY run HAVING "
                                "count(DISTINCT json_extract(output, '$.build')) > 1)");
    expect("runs whose steps more than one build did", mixed, 0);
    std::printf("swap: %lld runs, %lld steps by the one build and %lld by the other, %zu findings\n",
                static_cast<long long>(sent_), static_cast<long long>(first), static_cast<long long>(second),
                findings_.size());
}

}  // namespace stepd::torture
