#pragma once

#include <map>
#include <string>

#include "json/json_text.h"
#include "pipeline/template.h"

/// A scope over JSON documents by root, as the engine has them.
class DocumentScope final : public stepd::pipeline::Scope {
public:
    explicit DocumentScope(std::map<std::string, std::string> documents) : documents_(std::move(documents)) {}

    std::optional<stepd::cel::Value> find(std::string_view name) const override {
        const auto found = documents_.find(std::string(name));
        if (found == documents_.end()) return std::nullopt;
        return stepd::cel::fromJson(found->second);
    }
    std::optional<std::string_view> bytesAt(const stepd::cel::Reference& path) const override {
        const auto found = documents_.find(path.root);
        if (found == documents_.end()) return std::nullopt;
        return stepd::json::rawAt(found->second, path.fields);
    }

private:
    const std::map<std::string, std::string> documents_;
};
