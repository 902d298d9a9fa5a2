#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "pipeline/pipeline.h"
#include "yaml/document.h"

namespace stepd::pipeline {

/// Finds places of a loaded pipeline in its file again, for findings that come after loading.
class SourcePlaces {
public:
    SourcePlaces(const std::string& file, const Pipeline& pipeline);

    /// An error at `key` in the `with` of a step.
    Diagnostic inWith(const std::string& step, const std::string& key) const;
    /// An error at `limit` of the pipeline's `concurrency` entry `index`.
    Diagnostic inConcurrency(std::size_t index) const;

private:
    struct Found {
        const yaml::Node* node = nullptr;
        std::string path{};
    };
    static std::optional<Found> findStep(const yaml::Node& list, const std::string& path, const std::string& id);
    static Found below(Found at, const std::string& key);
    Diagnostic at(const Found& found) const;

    std::string file_;
    yaml::Document document_;
};

}  // namespace stepd::pipeline
