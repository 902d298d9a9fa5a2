#include "pipeline/loader.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "pipeline/compiled_source.h"
#include "pipeline/directory_check.h"
#include "pipeline/inherited.h"
#include "pipeline/pipeline_reader.h"
#include "yaml/document.h"

namespace stepd::pipeline {
namespace {

namespace fs = std::filesystem;

Loaded load(const std::string& file, CompiledSource source, const LoadContext& context, const FileSource& files) {
    yaml::Report report(file);
    const yaml::Document document = yaml::parse(source.text, file);
    report.add(document.findings);
    if (report.failed()) return {nullptr, report.sorted()};
    PipelineReader reader(context, files, report);
    auto pipeline = std::make_shared<Pipeline>(reader.read(*document.root));
    if (report.failed()) return {nullptr, report.sorted(), report.knownKeys()};
    source.files = reader.fetched();
    source.inherited = inheritedText(context, reader.usedPolicies());
    pipeline->source = source.toJson();
    pipeline->hash = source.hash();
    return {std::move(pipeline), report.sorted(), report.knownKeys()};
}

Diagnostic finding(const std::string& file, std::string message) {
    Diagnostic diagnostic;
    diagnostic.file = file;
    diagnostic.message = std::move(message);
    return diagnostic;
}

bool isPipelineFile(const fs::path& path) {
    const std::string name = path.filename().string();
    return (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.ends_with(".test.yaml") &&
           !name.starts_with('.');
}

}  // namespace

Loaded loadFile(const std::string& path, const LoadContext& context) {
    const yaml::FileText text = yaml::readFile(path);
    if (hasErrors(text.findings)) return {nullptr, text.findings};
    const fs::path folder = fs::path(path).parent_path();
    const FileSource files = [&folder](const std::string& name) {
        yaml::FileText file = yaml::readFile((folder / name).string());
        if (!hasErrors(file.findings)) return Result<std::string, std::string>(std::move(file.text));
        return Result<std::string, std::string>::failure((folder / name).string() + ": " + file.findings[0].message);
    };
    CompiledSource source;
    source.name = fs::path(path).filename().string();
    source.text = text.text;
    return load(path, std::move(source), context, files);
}

Loaded loadSource(std::string_view json) {
    auto source = CompiledSource::fromJson(json);
    if (!source) return {nullptr, {finding("stored revision", "this is no source of a pipeline")}};
    const std::string name = source->name;
    const std::map<std::string, std::string> stored = source->files;
    const FileSource files = [&stored](const std::string& file) {
        const auto found = stored.find(file);
        if (found != stored.end()) return Result<std::string, std::string>(found->second);
        return Result<std::string, std::string>::failure(file + " is not part of the stored revision");
    };
    const LoadContext context = inheritedContext(source->inherited);
    return load(name, std::move(*source), context, files);
}

LoadedDirectory loadDirectory(const std::string& directory, const LoadContext& context) {
    LoadedDirectory result;
    std::error_code problem;
    std::vector<fs::path> paths;
    for (fs::directory_iterator entry(directory, problem), end; !problem && entry != end; entry.increment(problem))
        if (isPipelineFile(entry->path())) paths.push_back(entry->path());
    if (problem) result.findings.push_back(finding(directory, "the directory cannot be read: " + problem.message()));
    std::sort(paths.begin(), paths.end());
    std::vector<LoadedFile> files;
    for (const auto& path : paths) {
        Loaded loaded = loadFile(path.string(), context);
        result.findings.insert(result.findings.end(), loaded.findings.begin(), loaded.findings.end());
        if (loaded.pipeline != nullptr) files.push_back({path.string(), std::move(loaded.pipeline)});
    }
    const Diagnostics across = checkDirectory(files, files.size() == paths.size());
    result.findings.insert(result.findings.end(), across.begin(), across.end());
    for (auto& file : files) result.pipelines.push_back(std::move(file.pipeline));
    return result;
}

}  // namespace stepd::pipeline
