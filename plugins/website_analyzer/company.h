#pragma once

#include <string>
#include <vector>

#include <stepd/json.h>

#include "website_analyzer/options.h"
#include "website_analyzer/page_class.h"
#include "website_analyzer/page_content.h"
#include "website_analyzer/site.h"

namespace stepd::website {

/// A page that may tell something about the company.
struct CompanyPage {
    std::string url;
    PageClass pageClass = PageClass::Unknown;
    const PageContent* content = nullptr;  ///< borrowed
};

/// The `company` object of the output. Every fact carries its source and page; where sources disagree, JSON-LD wins
/// over meta and OpenGraph, these over text. Facts nobody states are null, lists empty. Nothing is invented: the name
/// alone falls back to the domain's label, with confidence 0.3.
Json companyOf(const std::vector<CompanyPage>& pages, const Site& site, const Options& options);

}  // namespace stepd::website
