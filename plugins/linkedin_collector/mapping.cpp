#include "linkedin_collector/mapping.h"

#include <stdexcept>

#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

/// The fields of `analysis` that come from a provider; lists with the fields of their items.
struct Target {
    const char* name;
    std::vector<const char*> each = {};
};

const std::vector<Target>& targets() {
    static const std::vector<Target> all = {
        {"full_name"},
        {"first_name"},
        {"last_name"},
        {"headline"},
        {"location"},
        {"profile_id"},
        {"followers"},
        {"connections"},
        {"about"},
        {"profile_photo"},
        {"background_image"},
        {"experience",
         {"position", "company_name", "company_url", "location", "summary", "starts_at", "ends_at", "period"}},
        {"education", {"school", "degree", "field_of_study", "starts_at", "ends_at", "period"}},
        {"certifications", {"name", "organization", "issued", "url"}},
        {"volunteering", {"role", "organization", "summary", "starts_at", "ends_at"}}};
    return all;
}

/// Strings and arrays cut to their limits, at any depth.
Json limited(const Json& value) {
    if (const auto* text = value.get_ptr<const std::string*>())
        return std::string(url::firstCodePoints(*text, FieldRule::kMostCodePoints));
    if (!value.is_structured()) return value;
    Json out = value;
    if (out.is_array() && out.size() > FieldRule::kMostItems)
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(FieldRule::kMostItems), out.end());
    for (Json& item : out) item = limited(item);
    return out;
}

FieldRule::Source readSource(const std::string& text) {
    const auto parts = splitPipe(text);
    FieldRule::Source source{Pointer(parts.front()), {}};
    for (std::size_t i = 1; i < parts.size(); ++i) source.transforms.emplace_back(parts[i]);
    return source;
}

std::vector<FieldRule::Source> readSources(kit::OptionReader& reader, const std::string& key) {
    std::vector<FieldRule::Source> sources;
    for (const std::string& text : reader.texts(key, {})) {
        try {
            sources.push_back(readSource(text));
        } catch (const Json::exception&) {
            reader.complain(key, "has a bad JSON pointer: " + text);
        } catch (const std::invalid_argument& error) {
            reader.complain(key, error.what());
        }
    }
    return sources;
}

FieldRule readRule(kit::OptionReader& reader, const Target& target) {
    FieldRule rule{target.name, {}, {}};
    if (target.each.empty()) {
        rule.sources = readSources(reader, target.name);
        return rule;
    }
    kit::OptionReader list = reader.object(target.name);
    rule.sources = readSources(list, "from");
    kit::OptionReader each = list.object("each");
    for (const char* field : target.each)
        if (auto sources = readSources(each, field); !sources.empty())
            rule.each.push_back({field, std::move(sources), {}});
    each.closed();
    list.closed();
    return rule;
}

}  // namespace

const Json& lookUp(const Json& document, const Pointer& pointer) {
    static const Json nothing;
    try {
        return document.contains(pointer) ? document.at(pointer) : nothing;
    } catch (const Json::exception&) {
        return nothing;  // an index beyond every array
    }
}

bool isBlank(const Json& value) {
    const auto* text = value.get_ptr<const std::string*>();
    return text != nullptr ? text->empty() : value.empty();  // a number or a boolean is not empty
}

Json FieldRule::valueIn(const Json& document) const {
    Json found;
    for (const auto& source : sources) {
        found = lookUp(document, source.pointer);
        for (const auto& transform : source.transforms) found = transform.apply(found);
        if (!isBlank(found)) break;
    }
    if (each.empty()) return isBlank(found) ? Json() : limited(found);
    Json items = Json::array();
    if (!found.is_array()) return items;
    for (const Json& item : found) {
        if (items.size() == kMostItems) break;
        if (!item.is_object()) continue;
        Json fields = Json::object();
        for (const FieldRule& rule : each) fields[rule.name] = rule.valueIn(item);
        items.push_back(std::move(fields));
    }
    return items;
}

Mapping::Mapping(kit::OptionReader reader) {
    for (const Target& target : targets()) {
        FieldRule rule = readRule(reader, target);
        if (!rule.sources.empty()) fields_.push_back(std::move(rule));
    }
    reader.closed();
}

Json Mapping::apply(const Json& root) const {
    Json out = Json::object();
    for (const FieldRule& rule : fields_) out[rule.name] = rule.valueIn(root);
    return out;
}

}  // namespace stepd::linkedin
