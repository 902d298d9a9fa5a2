#include "website_analyzer/analysis.h"

#include <algorithm>

namespace stepd::website {

namespace {

const char* toString(Ending::Status status) {
    switch (status) {
        case Ending::Status::Success: return "success";
        case Ending::Status::Partial: return "partial";
        case Ending::Status::Skipped: return "skipped";
        case Ending::Status::Error: return "error";
    }
    return "error";
}

Json orNull(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

std::int64_t milliseconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

Json selectedJson(const std::vector<Candidate>& selected) {
    Json list = Json::array();
    for (const Candidate& candidate : selected)
        list.push_back({{"url", candidate.url.text()},
                        {"reason", candidate.score.reason},
                        {"score", candidate.score.score},
                        {"category", categoryOf(candidate.score.pageClass)},
                        {"page_class", toString(candidate.score.pageClass)}});
    return list;
}

Json metadataJson(const PageMetadata& metadata) {
    return {{"canonical", orNull(metadata.canonical)},
            {"author", orNull(metadata.author)},
            {"published", orNull(metadata.published)},
            {"modified", orNull(metadata.modified)},
            {"icon", orNull(metadata.icon)},
            {"feeds", metadata.feeds},
            {"noindex", metadata.noindex},
            {"og", metadata.openGraph},
            {"twitter", metadata.twitter}};
}

Json pageJson(const CrawledPage& page) {
    const HttpReply& reply = page.fetched.reply;
    std::vector<std::string> warnings = page.fetched.warnings;
    warnings.insert(warnings.end(), page.content.warnings.begin(), page.content.warnings.end());
    Json json{{"url", page.candidate.url.text()},
              {"final_url", page.fetched.final.text()},
              {"http_status", reply.status == 0 ? Json() : Json(reply.status)},
              {"page_class", toString(page.candidate.score.pageClass)},
              {"title", orNull(page.content.metadata.title)},
              {"description", orNull(page.content.metadata.description)},
              {"language", orNull(page.content.metadata.language)},
              {"charset", orNull(page.content.charset)},
              {"word_count", page.content.words()},
              {"content_sha256", orNull(page.contentSha256)},
              {"etag", orNull(reply.header("etag").value_or(""))},
              {"last_modified", orNull(reply.header("last-modified").value_or(""))},
              {"from_cache", false},
              {"truncated", reply.truncated || page.markdown.truncated},
              {"duration_ms", milliseconds(reply.elapsed)},
              {"bytes", page.bytes},
              {"metadata", metadataJson(page.content.metadata)},
              {"warnings", warnings},
              {"error", orNull(page.fetched.verdict.code)}};
    if (page.withheld) json["content_withheld"] = "tdm_reservation";
    return json;
}

}  // namespace

Json toJson(const Analysis& analysis) {
    const Ending& ending = analysis.ending;
    const bool skipped = ending.status == Ending::Status::Skipped;
    const bool failed = ending.status == Ending::Status::Error;
    Json content = Json::object();
    Json pages = Json::array();
    std::size_t fetched = 0;
    for (const CrawledPage& page : analysis.pages) {
        if (!page.markdown.text.empty() && !page.withheld) content[page.fetched.final.text()] = page.markdown.text;
        if (page.hasContent()) ++fetched;
        pages.push_back(pageJson(page));
    }
    Json problems = Json::array();
    for (const auto& problem : analysis.problems)
        problems.push_back({{"url", problem.url}, {"code", problem.code}, {"retryable", problem.retryable}});

    Json json;
    json["discovered_urls"] = analysis.discovered;
    json["filtered_urls"] = selectedJson(analysis.selected);
    json["scraped_content"] = std::move(content);
    json["status"] = toString(ending.status);
    json["reason"] = skipped ? orNull(ending.code) : Json();
    json["code"] = failed ? orNull(ending.code) : Json();
    json["message"] = orNull(ending.message);
    json["retryable"] = ending.retryable;
    json["site"] = {{"input_url", analysis.inputUrl},
                    {"final_url", orNull(analysis.finalUrl)},
                    {"registrable_domain", analysis.registrableDomain},
                    {"domain_changed", analysis.domainChanged},
                    {"robots", analysis.robots},
                    {"sitemaps", analysis.sitemaps},
                    {"js_required", analysis.jsRequired}};
    json["company"] = analysis.company;
    json["technologies"] = Json::array();
    json["pages"] = std::move(pages);
    json["documents"] = analysis.documents;
    json["errors"] = std::move(problems);
    json["stats"] = {{"requests", analysis.totals.requests},
                     {"bytes", analysis.totals.bytes},
                     {"duration_ms", milliseconds(analysis.elapsed)},
                     {"discovered", analysis.discoveredTotal},
                     {"disallowed", analysis.disallowed},
                     {"selected", analysis.selected.size()},
                     {"fetched", fetched},
                     {"failed", analysis.selected.size() - std::min(fetched, analysis.selected.size())}};
    return json;
}

}  // namespace stepd::website
