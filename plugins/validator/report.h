#pragma once

#include <stepd/step.h>

#include <string>
#include <utility>

#include "url/host.h"

namespace stepd::validator {

/// What is to be told about a registration; grows while it is read, so that all errors are listed, not only the first.
class Report {
public:
    void error(std::string field, url::Problem problem) {
        errors_.push_back(entry(std::move(field), std::move(problem)));
    }
    void warning(std::string field, url::Problem problem) {
        warnings_.push_back(entry(std::move(field), std::move(problem)));
    }

    bool failed() const { return !errors_.empty(); }
    /// `[{"field", "code", "message"}]`
    const Json& errors() const { return errors_; }
    /// `[{"code", "field", "message"}]`
    const Json& warnings() const { return warnings_; }

private:
    static Json entry(std::string field, url::Problem problem) {
        return {
            {"field", std::move(field)}, {"code", std::move(problem.code)}, {"message", std::move(problem.message)}};
    }

    Json errors_ = Json::array();
    Json warnings_ = Json::array();
};

}  // namespace stepd::validator
