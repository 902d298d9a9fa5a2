#include "pipeline/step_flow_reader.h"

#include <algorithm>

#include "pipeline/lane_families.h"
#include "pipeline/names.h"

namespace stepd::pipeline {
namespace {

constexpr std::int32_t kMostSlots = 1'000'000;

Concurrency readLimit(yaml::Reader& fields, ExpressionReader& expressions) {
    Concurrency limit;
    limit.of = Counts::Steps;
    fields.require({"limit"});
    std::int32_t slots = 1;
    fields.read("limit", slots, {1, kMostSlots});
    limit.limit = static_cast<std::uint32_t>(slots);
    limit.key = expressions.bare(fields, "key", Place::StepFlow);
    fields.finish();
    return limit;
}

/// A list, or its one entry alone.
void readConcurrency(yaml::Reader& fields, std::string_view pipeline, ExpressionReader& expressions, Step& step) {
    const yaml::Entry* found = fields.entry("concurrency");
    if (found == nullptr) return;
    const auto add = [&](const yaml::Node& node, const std::string& path) {
        yaml::Reader entry(node, path, fields.report());
        Concurrency limit = readLimit(entry, expressions);
        limit.family = stepConcurrencyFamily(pipeline, step.id, step.concurrency.size() + 1);
        step.concurrency.push_back(std::move(limit));
    };
    const std::string path = fields.path("concurrency");
    if (found->value->kind == yaml::Kind::Mapping) return add(*found->value, path);
    const yaml::Node* list = fields.list("concurrency");
    for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i)
        add(*list->items[i], yaml::itemPath(path, i));
}

void readLimiter(yaml::Reader& fields, const LoadContext& context, ExpressionReader& expressions, Step& step) {
    const yaml::Entry* found = fields.entry("limiter");
    if (found == nullptr) return;
    LimiterUse use;
    const yaml::Node* named = found->value.get();
    std::string path = fields.path("limiter");
    if (named->kind == yaml::Kind::Mapping) {
        yaml::Reader inner(*named, path, fields.report());
        inner.require({"name"});
        use.key = expressions.bare(inner, "key", Place::StepFlow);
        const bool good = inner.read("name", use.name);
        inner.finish();
        if (!good) return;
        path = inner.path("name");
        named = named->find("name")->value.get();
    } else if (!fields.read("limiter", use.name)) {
        return;
    }
    if (context.limiters &&
        std::find(context.limiters->begin(), context.limiters->end(), use.name) == context.limiters->end()) {
        const std::string meant = suggestion(use.name, *context.limiters);
        fields.report().error(*named, path, "no limiter is named `" + use.name + "`",
                              meant.empty() ? "limiters stand in stepd.yaml under limiters" : meant);
    }
    step.limiter = std::move(use);
}

void readCache(yaml::Reader& fields, ExpressionReader& expressions, Step& step) {
    const yaml::Node* node = fields.mapping("cache");
    if (node == nullptr) return;
    yaml::Reader inner(*node, fields.path("cache"), fields.report());
    inner.require({"key", "ttl"});
    StepCache cache;
    inner.read("ttl", cache.ttl, {1s, 24h * 365});
    if (auto key = expressions.bare(inner, "key", Place::StepFlow)) {
        cache.key = std::move(*key);
        step.cache = std::move(cache);
    }
    inner.finish();
}

}  // namespace

void readStepFlow(yaml::Reader& fields, std::string_view pipeline, const LoadContext& context,
                  ExpressionReader& expressions, Step& step) {
    readConcurrency(fields, pipeline, expressions, step);
    readLimiter(fields, context, expressions, step);
    readCache(fields, expressions, step);
}

}  // namespace stepd::pipeline
