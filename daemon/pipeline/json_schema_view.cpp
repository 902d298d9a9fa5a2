#include "pipeline/json_schema_view.h"

#include <nlohmann/json.hpp>

#include "json/json_text.h"

namespace stepd::pipeline {
namespace {

using Json = SchemaView::Json;

constexpr std::size_t kMostBytes = 256U << 10;
constexpr json::Limits kLimits{.depth = 64, .nodes = 20'000};
constexpr int kLongestChain = 32;

/// What `#/a/b` names; null if it leads nowhere. Percent-encoding is not undone: nobody names a definition so.
const Json* target(const Json& document, const std::string& reference) {
    if (!reference.starts_with('#')) return nullptr;
    try {
        const Json::json_pointer pointer(reference.substr(1));
        return document.contains(pointer) ? &document.at(pointer) : nullptr;
    } catch (const Json::exception&) {
        return nullptr;
    }
}

const Json* behindReferences(const Json& document, const Json* schema) {
    for (int steps = 0; schema != nullptr && schema->is_object(); ++steps) {
        const auto reference = schema->find("$ref");
        if (reference == schema->end()) return schema;
        if (!reference->is_string() || steps == kLongestChain) return nullptr;
        schema = target(document, reference->get_ref<const std::string&>());
    }
    return nullptr;  // `true` and `false` say nothing that could be looked at
}

}  // namespace

SchemaView::SchemaView(std::shared_ptr<const Json> document, const Json* schema)
    : document_(std::move(document)), schema_(behindReferences(*document_, schema)) {}

std::optional<SchemaView> SchemaView::read(std::string_view text) {
    if (text.size() > kMostBytes || json::check(text, kLimits).kind != json::Kind::Object) return std::nullopt;
    auto document = std::make_shared<const Json>(Json::parse(text, nullptr, false));
    if (!document->is_object()) return std::nullopt;
    const Json* root = document.get();
    return SchemaView(std::move(document), root);
}

const Json* SchemaView::keyword(const char* name) const {
    if (schema_ == nullptr) return nullptr;
    const auto found = schema_->find(name);
    return found == schema_->end() ? nullptr : &*found;
}

}  // namespace stepd::pipeline
