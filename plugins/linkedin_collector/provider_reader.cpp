#include "linkedin_collector/provider_reader.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "url/unicode.h"
#include "url/url.h"

namespace stepd::linkedin {
namespace {

using kit::OptionReader;
using url::LinkedInPage;

TextTemplate readTemplate(OptionReader& reader, std::string_view key, const std::string& text,
                          const Provider& provider) {
    static constexpr std::array<std::string_view, 6> kKnown = {"id",   "id_lower",   "url",
                                                               "kind", "first_name", "last_name"};
    try {
        TextTemplate made(text);
        for (const std::string& name : made.names()) {
            const bool secret = name.starts_with("secret.") && provider.secrets.contains(name.substr(7));
            if (name.starts_with("job."))
                reader.complain(key, "uses {{" + name + "}}: jobs are not supported yet");
            else if (!secret && std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
                reader.complain(key, "uses {{" + name + "}}, which has no source");
        }
        return made;
    } catch (const std::invalid_argument& error) {
        reader.complain(key, error.what());
        return {};
    }
}

/// The origin must be literal, so that no value decides where a key is sent.
void checkOrigin(OptionReader& reader, const TextTemplate& made) {
    const std::string text(made.literalPrefix());
    const std::size_t start = text.find("://");
    if (start == std::string::npos || text.find('/', start + 3) == std::string::npos)
        return reader.complain("url", "must begin with https:// and a host without placeholders");
    const auto parsed = url::normalise(text.substr(0, text.find('/', start + 3)), {.hosts = url::Hosts::Any});
    if (!parsed.url) return reader.complain("url", "is not a URL: " + parsed.problem.message);
    const auto& host = parsed.url->host;
    const bool loopback = host.text == "localhost" || host.text == "[::1]" ||
                          (host.kind == url::Host::Kind::Ipv4 && host.text.starts_with("127."));
    if (parsed.url->scheme != "https" && !loopback) reader.complain("url", "must be https unless it leads to loopback");
}

std::vector<std::pair<std::string, TextTemplate>> readPairs(OptionReader& reader, std::string_view key,
                                                            const Provider& provider) {
    std::vector<std::pair<std::string, TextTemplate>> pairs;
    OptionReader object = reader.object(key);
    const Json* json = reader.find(key);
    if (json == nullptr || !json->is_object()) return pairs;
    for (const auto& [name, value] : json->items()) {
        const std::string text = object.text(name, "");
        if ((name + text).find_first_of("\r\n") != std::string::npos) object.complain(name, "holds a line break");
        pairs.emplace_back(name, readTemplate(object, name, text, provider));
    }
    return pairs;
}

RequestShape readRequest(OptionReader reader, const Provider& provider) {
    RequestShape request;
    request.method = reader.oneOf("method", "GET", {"GET", "POST"});
    request.url = readTemplate(reader, "url", reader.text("url", ""), provider);
    checkOrigin(reader, request.url);
    request.query = readPairs(reader, "query", provider);
    request.headers = readPairs(reader, "headers", provider);
    if (reader.find("body") != nullptr) request.body = readTemplate(reader, "body", reader.text("body", ""), provider);
    reader.closed();
    return request;
}

std::vector<Pointer> readPointers(OptionReader& reader, std::string_view key, std::vector<std::string> initial) {
    std::vector<Pointer> pointers;
    for (const std::string& text : reader.texts(key, std::move(initial))) {
        try {
            pointers.emplace_back(text);
        } catch (const Json::exception&) {
            reader.complain(key, "has a bad JSON pointer: " + text);
        }
    }
    return pointers;
}

void readCondition(OptionReader when, OutcomeRule& rule) {
    const auto pointers = readPointers(when, "pointer", {});
    if (pointers.size() != 1)
        when.complain("pointer", "must be one JSON pointer");
    else
        rule.pointer = pointers.front();
    if (const Json* equals = when.find("equals")) rule.equals = *equals;
    if (when.find("matches") != nullptr) {
        RE2::Options quiet;
        quiet.set_log_errors(false);
        rule.matches = std::make_shared<const RE2>(when.text("matches", ""), quiet);
        if (!rule.matches->ok()) when.complain("matches", "is no regular expression: " + rule.matches->error());
    }
    if (rule.equals.has_value() == (rule.matches != nullptr)) when.complain("", "must have either equals or matches");
    when.closed();
}

OutcomeRule readOutcome(OptionReader reader) {
    OutcomeRule rule;
    if (const Json* status = reader.find("status"); status != nullptr) {
        const Json list = status->is_array() ? *status : Json::array({*status});
        if (!fromJson(list, rule.statuses).empty()) reader.complain("status", "must be a status or a list of them");
    }
    if (const Json* when = reader.find("when")) readCondition(reader.nested(*when, "when"), rule);
    const auto outcome = parseOutcomeClass(reader.text("class", ""));
    if (!outcome) reader.complain("class", "must be an outcome class such as not_found");
    rule.outcome = outcome.value_or(OutcomeClass::Upstream);
    if (reader.find("delay_ms") != nullptr) rule.delay = reader.millis("delay_ms", 0, 0, 900'000);
    reader.closed();
    return rule;
}

void readPoll(OptionReader reader, Operation& operation) {
    const std::string mode = reader.text("mode", "none");
    if (mode == "job" || mode == "sync_or_job")
        reader.complain("mode", mode + " is not supported yet");
    else if (mode != "repeat" && mode != "none")
        reader.complain("mode", "must be one of none, repeat");
    operation.poll = mode == "repeat";
    operation.pollMaxWait = reader.millis("max_wait_ms", 180'000, 0, 3'600'000);
    reader.closed();
}

Operation readOperation(OptionReader reader, const Provider& provider) {
    Operation operation;
    operation.request = readRequest(reader.object("request"), provider);
    OptionReader response = reader.object("response");
    operation.response.roots = readPointers(response, "root", {""});
    operation.response.requireAny = readPointers(response, "require_any", {});
    response.closed();
    if (const Json* outcomes = reader.find("outcomes")) {
        if (!outcomes->is_array())
            reader.complain("outcomes", "must be a list");
        else
            for (std::size_t i = 0; i < outcomes->size(); ++i)
                operation.outcomes.push_back(
                    readOutcome(reader.nested(outcomes->at(i), "outcomes/" + std::to_string(i))));
    }
    readPoll(reader.object("poll"), operation);
    operation.map = Mapping(reader.object("map"));
    if (reader.find("map") == nullptr) reader.complain("map", "is missing");
    reader.closed();
    return operation;
}

void readIdTypes(OptionReader& reader, Provider& provider) {
    using IdType = LinkedInPage::IdType;
    constexpr std::array kAll = {IdType::Vanity, IdType::Numeric, IdType::MemberToken, IdType::DerivedFromPub};
    for (const std::string& name : reader.texts("id_types", {"vanity", "derived_from_pub"})) {
        const auto found =
            std::find_if(kAll.begin(), kAll.end(), [&](IdType type) { return url::toString(type) == name; });
        if (found == kAll.end())
            reader.complain("id_types", "has the unknown type " + name);
        else
            provider.idTypes.insert(*found);
    }
}

}  // namespace

Provider readProvider(OptionReader reader, Duration timeout) {
    using Kind = LinkedInPage::Kind;
    Provider provider;
    provider.name = reader.text("name", "");
    if (provider.name.empty()) reader.complain("name", "is missing");
    if (const Json* secrets = reader.find("secrets");
        secrets != nullptr && !fromJson(*secrets, provider.secrets).empty())
        reader.complain("secrets", "must map names to the names of secrets granted to this plugin");
    readIdTypes(reader, provider);
    provider.timeout = timeout;
    if (reader.find("timeout_ms") != nullptr) provider.timeout = reader.millis("timeout_ms", 0, 100, 600'000);
    provider.minInterval = reader.millis("min_interval_ms", 0, 0, 600'000);
    provider.maxConcurrency = static_cast<int>(reader.number("max_concurrency", 2, 1, 100));
    OptionReader operations = reader.object("operations");
    for (const Kind kind : {Kind::Person, Kind::Company, Kind::School, Kind::Showcase}) {
        const std::string name(url::toString(kind));
        if (operations.find(name) != nullptr)
            provider.operations.emplace(kind, readOperation(operations.object(name), provider));
    }
    operations.closed();
    if (provider.operations.empty()) reader.complain("operations", "must have at least one, such as person");
    reader.closed();
    return provider;
}

}  // namespace stepd::linkedin
