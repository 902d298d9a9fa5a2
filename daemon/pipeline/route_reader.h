#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/compiled_source.h"
#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads the routes of a pipeline. The schemas they name are fetched from `source` and added to `files`.
class RouteReader {
public:
    RouteReader(const FileSource& source, ExpressionReader& expressions, std::map<std::string, std::string>& files)
        : source_(source), expressions_(expressions), files_(files) {}

    std::vector<HttpRoute> read(const yaml::Node& list, const std::string& path, yaml::Report& report);

private:
    HttpRoute readRoute(yaml::Reader& fields);
    void readSchema(yaml::Reader& fields, HttpRoute& route);
    void readEmit(yaml::Reader& fields, HttpRoute& route);
    void readRespond(yaml::Reader& fields, Respond& respond);

    const FileSource& source_;
    ExpressionReader& expressions_;
    std::map<std::string, std::string>& files_;
};

}  // namespace stepd::pipeline
