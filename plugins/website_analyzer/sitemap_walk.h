#pragma once

#include <string>
#include <vector>

#include "website_analyzer/candidates.h"
#include "website_analyzer/fetcher.h"

namespace stepd::website {

/// Reads the sitemaps of a site into its candidates: those that robots.txt names, else the usual places. At most ten
/// files, three levels of indexes, 10 MiB each, 5000 addresses. Returns the addresses of the files that told something.
std::vector<std::string> readSitemaps(Fetcher& fetcher, const Site& site, Candidates& candidates);

}  // namespace stepd::website
