#pragma once

#include <map>
#include <string>

#include "pipeline/template.h"

namespace stepd::api {

/// Roots that are JSON documents: `request` of a route, `run` of its answer. Parsed when an expression asks for more
/// than bytes. One thread at a time.
class DocumentScope final : public pipeline::Scope {
public:
    void bind(const std::string& root, std::string document) { documents_[root] = std::move(document); }

    std::optional<cel::Value> find(std::string_view name) const override;
    std::optional<std::string_view> bytesAt(const cel::Reference& path) const override;

private:
    std::map<std::string, std::string, std::less<>> documents_;
};

}  // namespace stepd::api
