#include "pipeline/compiled_source.h"

#include "base/sha256.h"
#include "base/text.h"
#include "cel/value.h"
#include "json/json_text.h"

namespace stepd::pipeline {
namespace {

// No file has this name: a pipeline's ends in .yaml or .yml, a schema's in .json.
constexpr const char* kInherited = "inherited";

bool isPipelineFile(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml");
}

}  // namespace

std::string CompiledSource::toJson() const {
    std::map<std::string, std::string> all = files;
    all[name] = text;
    all[kInherited] = inherited;
    std::string out = "{";
    for (const auto& [file, content] : all) {
        if (out.size() > 1) out += ',';
        appendJsonString(out, file);
        out += ':';
        appendJsonString(out, content);
    }
    return out + "}";
}

std::string CompiledSource::hash() const {
    return sha256Hex(toJson());
}

std::optional<CompiledSource> CompiledSource::fromJson(std::string_view json) {
    if (json::check(json).kind != json::Kind::Object) return std::nullopt;
    CompiledSource source;
    const cel::Value object = cel::fromJson(json);
    for (const auto& [key, value] : *object.entries()) {
        const std::string file = key.asString().value_or("");
        auto content = value.asString();
        if (!content) return std::nullopt;
        if (file == kInherited) {
            source.inherited = std::move(*content);
        } else if (isPipelineFile(file)) {
            source.name = file;
            source.text = std::move(*content);
        } else {
            source.files[file] = std::move(*content);
        }
    }
    if (source.name.empty()) return std::nullopt;
    return source;
}

}  // namespace stepd::pipeline
