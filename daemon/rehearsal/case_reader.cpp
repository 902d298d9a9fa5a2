#include "rehearsal/case_reader.h"

#include <algorithm>

#include "rehearsal/expectation_reader.h"
#include "rehearsal/script_reader.h"
#include "yaml/json.h"

namespace stepd::rehearsal {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// A finding for a key that names nothing of the pipelines.
void checkName(const yaml::Node& map, const std::string& path, const std::string& key, const char* what,
               const std::string& word, const std::vector<std::string>& known, yaml::Report& report) {
    if (contains(known, word)) return;
    const std::string meant = didYouMean(word, known);
    const yaml::Entry* entry = map.find(key);
    report.error(entry != nullptr ? entry->mark : map.mark, path + "." + key,
                 std::string("no ") + what + " of the pipeline is named `" + word + "`",
                 meant.empty() ? "" : "did you mean `" + meant + "`?");
}

/// `pages[3].fetch` is the step `fetch` of the group `pages`.
void checkStepName(const yaml::Node& map, const std::string& path, const std::string& key, const CaseNames& names,
                   yaml::Report& report) {
    std::string id;
    bool inside = false;
    for (const char c : key + '.') {
        if (c == '.' && !inside) {
            checkName(map, path, key, "step", id, names.steps, report);
            id.clear();
        } else {
            inside = c == '[' || (inside && c != ']');
            if (!inside && c != ']') id += c;
        }
    }
}

void checkSteps(const yaml::Node* node, const std::string& path, const CaseNames& names, yaml::Report& report) {
    if (node == nullptr || node->kind != yaml::Kind::Mapping || names.steps.empty()) return;
    for (const yaml::Entry& entry : node->entries) checkStepName(*node, path, entry.key, names, report);
}

/// The steps that an expectation names, of the run that was started first and of each.
void checkExpected(const yaml::Node& expect, const std::string& path, const CaseNames& names, yaml::Report& report) {
    const auto check = [&](const yaml::Node& run, const std::string& at) {
        if (const yaml::Entry* steps = run.find("steps")) checkSteps(steps->value.get(), at + ".steps", names, report);
        if (const yaml::Entry* one = run.find("pipeline"); one != nullptr && !names.pipelines.empty())
            checkName(run, at, "pipeline", "id", one->value->text, names.pipelines, report);
    };
    check(expect, path);
    const yaml::Entry* runs = expect.find("runs");
    for (std::size_t i = 0; runs != nullptr && i < runs->value->items.size(); ++i)
        check(*runs->value->items[i], yaml::itemPath(path + ".runs", i));
}

/// RFC 3339 text.
void readTime(yaml::Reader& fields, const char* key, std::optional<Timestamp>& time) {
    std::string text;
    if (!fields.read(key, text)) return;
    time = parseRfc3339(text);
    if (!time) fields.error(key, "`" + std::string(key) + "` must be a time", "write 2026-01-02T03:04:05Z");
}

void readObject(yaml::Reader& fields, const char* key, std::string& json) {
    if (const yaml::Node* node = fields.mapping(key)) json = yaml::toJson(*node, fields.path(key), fields.report());
}

SentEvent readEvent(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    SentEvent event;
    fields.require({"name"});
    fields.read("name", event.name);
    fields.read("at", event.at);
    fields.read("id", event.id);
    readTime(fields, "ts", event.ts);
    readObject(fields, "data", event.data);
    readObject(fields, "user", event.user);
    fields.finish();
    return event;
}

void readEvents(yaml::Reader& fields, TestCase& one) {
    if (const yaml::Node* node = fields.mapping("event"))
        one.events.push_back(readEvent(*node, fields.path("event"), fields.report()));
    if (const yaml::Node* list = fields.list("events"))
        for (std::size_t i = 0; i < list->items.size(); ++i)
            one.events.push_back(readEvent(*list->items[i], yaml::itemPath(fields.path("events"), i), fields.report()));
    if (fields.has("event") && fields.has("events"))
        fields.error("events", "`event` stands here too", "put all into `events`");
    // An id each, so that a client that was not answered may send its event again.
    for (std::size_t i = 0; i < one.events.size(); ++i)
        if (one.events[i].id.empty()) one.events[i].id = "event-" + std::to_string(i + 1);
    std::stable_sort(one.events.begin(), one.events.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
}

void readCancel(yaml::Reader& fields, TestCase& one) {
    const yaml::Node* node = fields.mapping("cancel");
    if (node == nullptr) return;
    yaml::Reader cancel(*node, fields.path("cancel"), fields.report());
    SentCancel sent;
    cancel.require({"at"});
    cancel.read("at", sent.at);
    cancel.read("run", sent.run, {.least = 1, .most = 1'000'000});
    cancel.finish();
    one.cancel = sent;
}

}  // namespace

TestCase readCase(const yaml::Node& node, const std::string& path, const CaseNames& names, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    TestCase one;
    one.line = node.mark.line;
    fields.require({"name", "expect"});
    fields.read("name", one.name);
    readTime(fields, "now", one.now);
    readEvents(fields, one);
    readCancel(fields, one);
    if (const yaml::Node* plugins = fields.mapping("plugins")) {
        one.plugins = readScripts(*plugins, fields.path("plugins"), report);
        if (!names.steps.empty())
            for (const yaml::Entry& entry : plugins->entries)
                checkName(*plugins, fields.path("plugins"), entry.key, "plugin", entry.key, names.plugins, report);
    }
    if (const yaml::Node* steps = fields.mapping("steps")) {
        one.steps = readScripts(*steps, fields.path("steps"), report);
        checkSteps(steps, fields.path("steps"), names, report);
    }
    fields.read("for", one.duration);
    fields.read("limit", one.limit);
    fields.read("crash_matrix", one.crashMatrix);
    if (const yaml::Node* expect = fields.mapping("expect")) {
        one.expect = readExpectation(*expect, fields.path("expect"), report);
        checkExpected(*expect, fields.path("expect"), names, report);
    }
    if (node.kind == yaml::Kind::Mapping && !fields.has("event") && !fields.has("events") && !one.duration)
        report.error(node, path, "nothing happens: the case has no event",
                     "write `event: {name: ...}`, or `for: 3d` where a schedule starts the runs");
    fields.finish();
    return one;
}

}  // namespace stepd::rehearsal
