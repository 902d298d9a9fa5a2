#include "host/catalogue.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/sha256.h"
#include "base/whole_file.h"
#include "host/build_id.h"
#include "host/plugin_probe.h"
#include "host/program_file.h"

namespace stepd::host {
namespace {

constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kMostBytes = 16U << 20;
constexpr std::size_t kAtOnce = 4;

/// Loading needs none.
class NoServices final : public HostServices {
public:
    void fetch(FetchId, FetchRequest, FetchDone) override {}
    void cancelFetch(FetchId) override {}
    std::optional<Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const PluginLog&) override {}
};

/// Another stepd may describe plugins in other words.
std::string formatName() {
    return "stepd catalogue 1, " STEPD_VERSION ", " +
           std::to_string(sizeof(PluginDescription) + sizeof(StepDescription));
}

struct CatalogueMessage {
    std::string format;
    std::vector<CatalogueEntry> entries;

    void fields(auto& io) {
        io.text(format);
        io.list(entries, [&](CatalogueEntry& entry) {
            io.number(entry.stamp.device);
            io.number(entry.stamp.inode);
            io.number(entry.stamp.size);
            io.number(entry.stamp.modifiedNs);
            io.number(entry.stamp.changedNs);
            io.text(entry.sha256);
            entry.description.fields(io);
            io.text(entry.description.buildId);
        });
    }
};

}  // namespace

std::string writeCatalogue(std::deque<CatalogueEntry> entries) {
    const std::string body = encode(CatalogueMessage{
        formatName(), {std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())}});
    return sha256Hex(body) + body;
}

std::deque<CatalogueEntry> readCatalogue(std::string_view bytes) {
    constexpr std::size_t kDigits = 64;
    if (bytes.size() < kDigits || sha256Hex(bytes.substr(kDigits)) != bytes.substr(0, kDigits)) return {};
    auto message = decode<CatalogueMessage>(bytes.substr(kDigits));
    if (!message || message->format != formatName() || message->entries.size() > kMostEntries) return {};
    return {std::make_move_iterator(message->entries.begin()), std::make_move_iterator(message->entries.end())};
}

Catalogue::Catalogue(HostOptions options, const Clock& clock, std::string file)
    : options_([&] {
          options.healthTimeout = 0s;
          options.buildDirectory.clear();
          return std::move(options);
      }()),
      clock_(clock),
      file_(std::move(file)) {
    if (file_.empty()) return;
    const MutexLock lock(mutex_);
    entries_ = readCatalogue(readWholeFile(file_, kMostBytes).value_or(""));
}

Catalogue::Described Catalogue::describe(const PluginSpec& spec) try {
    const auto library = openCode(spec, options_);
    if (!library) return Described::failure(library.error());
    if (options_.admit)
        if (auto problem = options_.admit(spec, **library)) return Described::failure(std::move(*problem));
    if (auto description = known(**library)) return std::move(*description);
    NoServices services;
    PluginProbe probe(options_, spec, services, clock_);
    auto described = probe.describe();
    if (described && probe.build().sha256 == (*library)->sha256) keep(**library, *described);
    return described;
} catch (const Error& error) {
    return Described::failure(error.what());
}

std::map<std::string, Catalogue::Described> Catalogue::describeAll(const std::vector<PluginSpec>& specs) {
    std::vector<std::optional<Described>> answers(specs.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < specs.size(); i = next++) answers[i] = describe(specs[i]);
    };
    std::vector<std::thread> threads;
    while (threads.size() + 1 < std::min(specs.size(), kAtOnce)) threads.emplace_back(work);
    work();
    for (auto& thread : threads) thread.join();
    std::map<std::string, Described> all;
    for (std::size_t i = 0; i < specs.size(); ++i) all.emplace(specs[i].name, std::move(*answers[i]));
    return all;
}

std::optional<PluginDescription> Catalogue::known(const Library& library) {
    const MutexLock lock(mutex_);
    const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const CatalogueEntry& entry) {
        return entry.stamp == library.stamp && entry.sha256 == library.sha256;
    });
    return at == entries_.end() ? std::nullopt : std::optional(at->description);
}

void Catalogue::keep(const Library& library, const PluginDescription& description) {
    const MutexLock lock(mutex_);
    // A file that was replaced is not looked for again.
    std::erase_if(entries_, [&](const CatalogueEntry& entry) {
        return entry.stamp.device == library.stamp.device && entry.stamp.inode == library.stamp.inode;
    });
    entries_.push_front({library.stamp, library.sha256, description});
    if (entries_.size() > kMostEntries) entries_.pop_back();
    if (file_.empty()) return;
    try {
        replaceFile(file_, writeCatalogue(entries_), 0600, FileSync::None);
    } catch (const Error&) {  // the next one asks again
    }
}

}  // namespace stepd::host
