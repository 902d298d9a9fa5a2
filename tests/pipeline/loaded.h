#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "pipeline/loader.h"
#include "support/scratch_folder.h"

inline stepd::pipeline::Loaded loadText(const std::string& yaml, const stepd::pipeline::LoadContext& context = {}) {
    const ScratchFolder folder;
    return stepd::pipeline::loadFile(folder.write("p.yaml", yaml), context);
}

/// The pipeline of a text without errors.
inline stepd::pipeline::PipelinePtr good(const std::string& yaml, const stepd::pipeline::LoadContext& context = {}) {
    const auto loaded = loadText(yaml, context);
    for (const auto& finding : loaded.findings)
        CPPUNIT_ASSERT_MESSAGE(finding.text(), finding.severity == stepd::Severity::Warning);
    CPPUNIT_ASSERT(loaded.pipeline != nullptr);
    return loaded.pipeline;
}

/// A pipeline `p` with these lines below its head.
inline stepd::pipeline::PipelinePtr goodWith(const std::string& lines,
                                             const stepd::pipeline::LoadContext& context = {}) {
    return good("version: 1\nid: p\non: [{event: e}]\n" + lines, context);
}
