#pragma once

#include <set>
#include <string>

#include "base/diagnostic.h"
#include "yaml/node.h"

namespace stepd::yaml {

/// Collects the findings of one file. One thread at a time.
class Report {
public:
    explicit Report(std::string file) : file_(std::move(file)) {}

    void error(const Node& node, const std::string& path, std::string message, std::string hint = {}) {
        add(Severity::Error, node.origin, node.mark, path, std::move(message), std::move(hint));
    }
    void error(Mark mark, const std::string& path, std::string message, std::string hint = {}) {
        add(Severity::Error, {}, mark, path, std::move(message), std::move(hint));
    }
    void warning(Mark mark, const std::string& path, std::string message, std::string hint = {}) {
        add(Severity::Warning, {}, mark, path, std::move(message), std::move(hint));
    }
    void add(const Diagnostics& findings) { findings_.insert(findings_.end(), findings.begin(), findings.end()); }
    /// Of another file.
    void add(Diagnostic finding) { findings_.push_back(std::move(finding)); }

    const std::string& file() const { return file_; }
    /// Whether this is said already about this place of the file.
    bool hasFinding(Mark mark, const std::string& message) const;
    std::size_t count() const { return findings_.size(); }
    bool failed() const { return hasErrors(findings_); }
    /// In the order of the file.
    Diagnostics sorted() const;

    /// Every key that a reader asked for, `plugins.*.timeout`: what the language knows.
    const std::set<std::string>& knownKeys() const { return known_; }
    void noteKey(std::string key) { known_.insert(std::move(key)); }

private:
    void add(Severity severity, const std::string& origin, Mark mark, const std::string& path, std::string message,
             std::string hint) {
        findings_.push_back({severity, origin.empty() ? file_ : origin, origin.empty() ? mark.line : 0,
                             origin.empty() ? mark.column : 0, path, std::move(message), std::move(hint)});
    }

    std::string file_;
    Diagnostics findings_;
    std::set<std::string> known_;
};

}  // namespace stepd::yaml
