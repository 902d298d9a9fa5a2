#include "api/step_plugins.h"

namespace stepd::api {
namespace {

std::string pathOf(const pipeline::Pipeline& pipeline, const pipeline::Step& step) {
    return step.group ? pathOf(pipeline, pipeline.steps[*step.group]) + "." + step.id : step.id;
}

/// Of all items, as if there were one.
std::string withoutItems(std::string_view record) {
    std::string path;
    for (bool inside = false; const char c : record) {
        inside = inside || c == '[';
        if (!inside) path += c;
        inside = inside && c != ']';
    }
    return path;
}

}  // namespace

std::string pluginOf(const pipeline::Pipeline& pipeline, std::string_view record) {
    const std::string path = withoutItems(record);
    for (const auto& step : pipeline.steps)
        if (pathOf(pipeline, step) == path) return step.plugin;
    return {};
}

}  // namespace stepd::api
