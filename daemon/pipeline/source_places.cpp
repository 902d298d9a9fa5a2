#include "pipeline/source_places.h"

#include "pipeline/compiled_source.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

SourcePlaces::SourcePlaces(const std::string& file, const Pipeline& pipeline) : file_(file) {
    if (const auto source = CompiledSource::fromJson(pipeline.source)) document_ = yaml::parse(source->text, file);
}

Diagnostic SourcePlaces::inWith(const std::string& step, const std::string& key) const {
    for (const char* name : {"steps", "on_failure", "finally"}) {
        const Found list = below({document_.root.get()}, name);
        if (list.path != name) continue;
        if (const auto found = findStep(*list.node, name, step)) return at(below(below(*found, "with"), key));
    }
    return at({});
}

Diagnostic SourcePlaces::inConcurrency(std::size_t index) const {
    const Found list = below({document_.root.get()}, "concurrency");
    if (list.node == nullptr || index >= list.node->items.size()) return at(list);
    return at(below({list.node->items[index].get(), yaml::itemPath(list.path, index)}, "limit"));
}

std::optional<SourcePlaces::Found> SourcePlaces::findStep(const yaml::Node& list, const std::string& path,
                                                          const std::string& id) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        const Found item{list.items[i].get(), yaml::itemPath(path, i)};
        const yaml::Entry* named = item.node->find("id");
        if (named != nullptr && named->value->text == id) return item;
        const Found group = below(item, "steps");
        if (group.path == item.path) continue;
        if (auto found = findStep(*group.node, group.path, id)) return found;
    }
    return std::nullopt;
}

/// `at` itself if there is no such key.
SourcePlaces::Found SourcePlaces::below(Found at, const std::string& key) {
    const yaml::Entry* entry = at.node != nullptr ? at.node->find(key) : nullptr;
    if (entry == nullptr) return at;
    return {entry->value.get(), at.path.empty() ? key : at.path + "." + key};
}

Diagnostic SourcePlaces::at(const Found& found) const {
    Diagnostic diagnostic;
    diagnostic.file = file_;
    diagnostic.path = found.path;
    if (found.node != nullptr) {
        diagnostic.line = found.node->mark.line;
        diagnostic.column = found.node->mark.column;
    }
    return diagnostic;
}

}  // namespace stepd::pipeline
