#include "result_saver/document.h"

namespace stepd::result_saver {
namespace {

/// The value at `key`; null where there is none.
Json valueAt(const Json& object, const char* key) {
    return object.is_object() && object.contains(key) ? object.at(key) : Json();
}

Json picked(const Json& object, std::initializer_list<const char*> keys) {
    Json out = Json::object();
    for (const char* key : keys) out[key] = valueAt(object, key);
    return out;
}

/// Nothing is invented for an analysis that did not happen: only why it did not.
Json linkedinAnalysis(const Json& analysis, const Json& registration) {
    if (!analysis.is_null()) return analysis;
    const char* reason = "no_result";
    if (valueAt(registration, "linkedin").is_null())
        reason = valueAt(valueAt(registration, "input_data"), "linkedin").is_null() ? "no_linkedin_url"
                                                                                    : "linkedin_unusable";
    return {{"status", "skipped"}, {"reason", reason}};
}

Json stepsOf(const Json& input) {
    Json out = Json::array();
    for (const Json& step : valueAt(input, "steps"))
        out.push_back(picked(step, {"name", "status", "attempts", "duration_ms"}));
    return out;
}

void halve(std::string& text) {
    std::size_t size = text.size() / 2;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    text.resize(size);
}

std::size_t written(const std::string& text) {
    return detail::dump(Json(text)).size();
}

/// Halves the longest page text, again and again, until `excess` bytes are gone or none is left.
void cutPages(Json& document, std::size_t excess) {
    Json& website = document["website_analysis"];
    if (!website.is_object() || !valueAt(website, "scraped_content").is_object()) return;
    std::size_t saved = 0;
    while (saved < excess) {
        std::string* longest = nullptr;
        for (Json& page : website["scraped_content"])
            if (auto* text = page.get_ptr<std::string*>(); text && (!longest || text->size() > longest->size()))
                longest = text;
        if (longest == nullptr || longest->empty()) return;
        const std::size_t before = written(*longest);
        halve(*longest);
        saved += before - written(*longest);
    }
}

}  // namespace

std::optional<SaveTime> SaveTime::of(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    const Json meta = valueAt(json, "_meta");
    const Json savedAt = valueAt(meta, "saved_at");
    const Json duration = valueAt(meta, "duration_ms");
    if (!savedAt.is_string() || !duration.is_number_integer()) return {};
    return SaveTime{savedAt.get<std::string>(), duration.get<std::int64_t>()};
}

Json Document::build(const SaveTime& time) const {
    const Json registration = valueAt(input_, "registration");
    Json document{
        {"request_id", requestId_},
        {"timestamp", kit::rfc3339(runStartedAt_)},
        {"input_data",
         picked(valueAt(registration, "input_data"), {"first_name", "last_name", "company_website", "linkedin"})},
        {"linkedin_analysis", linkedinAnalysis(valueAt(input_, "linkedin_analysis"), registration)},
        {"website_analysis", valueAt(input_, "website_analysis")},
    };
    if (!format_.includeMeta) return document;
    const Json warnings = valueAt(registration, "warnings");
    document["_meta"] = {
        {"schema_version", "1.0"},  {"run_id", runId_},
        {"saved_at", time.savedAt}, {"duration_ms", time.durationMs},
        {"steps", stepsOf(input_)}, {"validation_warnings", warnings.is_array() ? warnings : Json::array()},
        {"truncated", false}};
    return document;
}

std::string Document::text(const Json& json) const {
    return json.dump(format_.pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<std::string> Document::render(const SaveTime& time) const {
    Json document = build(time);
    std::string out = text(document);
    if (out.size() <= format_.maxBytes) return out;
    if (format_.includeMeta) document["_meta"]["truncated"] = true;
    cutPages(document, out.size() - format_.maxBytes);
    out = text(document);
    if (out.size() <= format_.maxBytes) return out;
    if (Json& linkedin = document["linkedin_analysis"]; linkedin.is_object()) linkedin.erase("raw_data");
    out = text(document);
    return out.size() <= format_.maxBytes ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace stepd::result_saver
