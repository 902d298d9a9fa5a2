#include "rehearsal/test_file_reader.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "rehearsal/case_reader.h"
#include "yaml/document.h"

namespace stepd::rehearsal {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSuffix = ".test.yaml";

/// The files that the test is about, as it names them.
std::vector<std::string> pipelineFiles(yaml::Reader& fields, const fs::path& file) {
    std::vector<std::string> names;
    std::string one;
    if (fields.read("pipeline", one)) names.push_back(one);
    std::vector<std::string> several;
    if (fields.read("pipelines", several)) {
        if (!one.empty()) fields.error("pipelines", "`pipeline` stands here too", "put all into `pipelines`");
        names.insert(names.end(), several.begin(), several.end());
    }
    if (names.empty() && !fields.has("pipeline") && !fields.has("pipelines")) {
        const std::string name = file.filename().string();
        if (name.ends_with(kSuffix)) {
            names.push_back(name.substr(0, name.size() - kSuffix.size()) + ".yaml");
        } else {
            fields.error("pipeline", "`pipeline` is missing",
                         "a file NAME.test.yaml is about NAME.yaml, any other says which");
        }
    }
    return names;
}

void loadPipelines(const std::vector<std::string>& names, const ContextOf& contextOf, TestFile& test) {
    for (const std::string& name : names) {
        const std::string path = (fs::path(test.path).parent_path() / name).string();
        pipeline::Loaded loaded = pipeline::loadFile(path, contextOf(path));
        if (loaded.pipeline) {
            test.pipelines.push_back(std::move(loaded.pipeline));
        } else {
            test.findings.insert(test.findings.end(), loaded.findings.begin(), loaded.findings.end());
        }
    }
}

/// What a case may name.
CaseNames namesOf(const std::vector<pipeline::PipelinePtr>& pipelines) {
    CaseNames names;
    for (const auto& pipeline : pipelines) {
        names.pipelines.push_back(pipeline->id);
        for (const pipeline::Step& step : pipeline->steps) {
            names.steps.push_back(step.id);
            if (!step.plugin.empty()) names.plugins.push_back(step.plugin);
        }
    }
    return names;
}

void readCases(yaml::Reader& fields, const CaseNames& names, TestFile& test) {
    const yaml::Node* cases = fields.list("cases");
    if (cases == nullptr) return;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < cases->items.size(); ++i) {
        const std::string path = yaml::itemPath("cases", i);
        TestCase one = readCase(*cases->items[i], path, names, fields.report());
        if (!one.name.empty() && !taken.insert(one.name).second)
            fields.report().error(*cases->items[i], path, "two cases are named `" + one.name + "`");
        test.cases.push_back(std::move(one));
    }
    if (cases->items.empty()) fields.error("cases", "there is no case");
}

}  // namespace

TestFile readTestFile(const std::string& path, const ContextOf& contextOf) {
    TestFile test{.path = path, .pipelines = {}, .cases = {}, .findings = {}};
    const yaml::FileText text = yaml::readFile(path);
    yaml::Report report(path);
    report.add(text.findings);
    const yaml::Document document = hasErrors(text.findings) ? yaml::Document{} : yaml::parse(text.text, path);
    report.add(document.findings);
    if (!report.failed()) {
        yaml::Reader fields(*document.root, "", report);
        fields.require({"cases"});
        loadPipelines(pipelineFiles(fields, path), contextOf, test);
        // Without all of the pipelines a name could not be told from a mistake.
        readCases(fields, hasErrors(test.findings) ? CaseNames{} : namesOf(test.pipelines), test);
        fields.finish();
    }
    const Diagnostics own = report.sorted();
    test.findings.insert(test.findings.end(), own.begin(), own.end());
    return test;
}

}  // namespace stepd::rehearsal
