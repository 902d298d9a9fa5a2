#include "api/document_scope.h"

#include "json/json_text.h"

namespace stepd::api {

std::optional<cel::Value> DocumentScope::find(std::string_view name) const {
    const auto found = documents_.find(name);
    if (found == documents_.end()) return std::nullopt;
    return cel::fromJson(found->second);
}

std::optional<std::string_view> DocumentScope::bytesAt(const cel::Reference& path) const {
    const auto found = documents_.find(path.root);
    if (found == documents_.end()) return std::nullopt;
    return json::rawAt(found->second, path.fields);
}

}  // namespace stepd::api
