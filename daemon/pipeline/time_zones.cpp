#include "pipeline/time_zones.h"

#include <date/tz.h>

#include <algorithm>

namespace stepd::pipeline {
namespace {

std::vector<std::string> readNames() {
    std::vector<std::string> names;
    try {
        for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
    } catch (const std::exception&) {
        // No tzdata is installed: the caller's finding says that no zone is known.
        names.clear();
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

const std::vector<std::string>& timeZones() {
    static const std::vector<std::string> kNames = readNames();
    return kNames;
}

}  // namespace stepd::pipeline
