#include "host/capabilities.h"

#include <array>
#include <utility>

#include "json/json_text.h"

namespace stepd::host {
namespace {

constexpr std::size_t kMostNames = 256;
constexpr std::size_t kLongestName = 4096;
constexpr std::string_view kOption = "${options.";

/// A sentence about what is wrong; caught by readCapabilities.
struct Unreadable {
    std::string sentence;
};

/// Replaces `${options.NAME}`; a name without it stands for itself.
class Options {
public:
    Options(std::string_view given, std::string_view schema) : given_(given), schema_(schema) {}

    std::vector<std::string> expand(std::string name) const {
        const std::size_t start = name.find("${");
        if (start == std::string::npos) return {std::move(name)};
        const std::size_t end = name.find('}', start);
        if (!std::string_view(name).substr(start).starts_with(kOption) || end == std::string::npos)
            throw Unreadable{"`" + name + "` has a placeholder other than ${options.NAME}"};
        const std::string option = name.substr(start + kOption.size(), end - start - kOption.size());
        std::vector<std::string> all;
        for (const auto& value : valuesOf(option)) all.push_back(name.substr(0, start) + value + name.substr(end + 1));
        return all;
    }

private:
    std::vector<std::string> valuesOf(const std::string& option) const {
        auto value = json::rawAt(given_, std::array{option});
        if (!value && !schema_.empty())
            value = json::rawAt(schema_, std::array{std::string("properties"), option, std::string("default")});
        if (!value) return {};
        if (auto text = json::stringOf(*value)) return {*std::move(text)};
        std::vector<std::string> texts;
        if (const auto items = json::itemsOf(*value))
            for (const auto item : *items)
                if (auto text = json::stringOf(item)) texts.push_back(*std::move(text));
        return texts;
    }

    std::string_view given_;
    std::string_view schema_;
};

std::vector<std::string> namesOf(std::string_view raw, const std::string& key) {
    const auto items = json::itemsOf(raw);
    if (!items) throw Unreadable{"`" + key + "` is no list of texts"};
    if (items->size() > kMostNames)
        throw Unreadable{"`" + key + "` has more than " + std::to_string(kMostNames) + " entries"};
    std::vector<std::string> names;
    for (const auto item : *items) {
        auto name = json::stringOf(item);
        if (!name || name->empty() || name->size() > kLongestName)
            throw Unreadable{"`" + key + "` has an entry that is no text of 1 to " + std::to_string(kLongestName) +
                             " bytes"};
        names.push_back(*std::move(name));
    }
    return names;
}

bool flagOf(std::string_view raw, const std::string& key) {
    if (raw != "true" && raw != "false") throw Unreadable{"`" + key + "` is neither true nor false"};
    return raw == "true";
}

Capabilities read(std::string_view text, const Options& options) {
    const auto checked = json::check(text);
    if (checked.kind != json::Kind::Object)
        throw Unreadable{checked.kind ? std::string("it is no JSON object") : "it is " + checked.problem.message};
    const auto fields = json::fieldsOf(text);
    Capabilities asked;
    const auto expanded = [&](std::string_view raw, const std::string& key) {
        std::vector<std::string> all;
        for (auto& name : namesOf(raw, key))
            for (auto& value : options.expand(std::move(name))) all.push_back(std::move(value));
        return all;
    };
    for (const auto& [key, raw] : *fields) {
        if (key == "net") asked.net = expanded(raw, key);
        if (key == "read") asked.read = expanded(raw, key);
        if (key == "write") asked.write = expanded(raw, key);
        if (key == "exec") asked.exec = flagOf(raw, key);
        if (key == "secrets") asked.secrets = namesOf(raw, key);
        if (key == "idempotent") asked.idempotent = flagOf(raw, key);
    }
    return asked;
}

}  // namespace

Result<std::optional<Capabilities>, std::string> readCapabilities(const StepDescription& step,
                                                                  std::string_view options) {
    using Read = Result<std::optional<Capabilities>, std::string>;
    if (step.capabilities.empty()) return Read(std::nullopt);
    try {
        return Read(read(step.capabilities, Options(options, step.configSchema)));
    } catch (const Unreadable& problem) {
        return Read::failure("what the step type " + step.type + " asks for cannot be read: " + problem.sentence);
    }
}

}  // namespace stepd::host
