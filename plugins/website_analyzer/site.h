#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "url/url.h"
#include "website_analyzer/page_class.h"

namespace stepd::website {

/// Which hosts belong to the site.
enum class Scope {
    Host,    ///< the seed's host, with and without `www.`
    Domain,  ///< all of its registrable domain
};

/// The site that is read: one registrable domain, seen from its seed. A value.
class Site {
public:
    Site(url::Url seed, Scope scope);

    const url::Url& seed() const { return seed_; }
    const std::string& registrableDomain() const { return domain_; }
    /// `acme` of acme.co.uk
    std::string label() const;

    bool contains(const url::Url& url) const;
    /// What stands before the registrable domain, without `www.`: `careers`; empty for the site itself.
    std::string subdomainOf(const url::Url& url) const;
    /// A page of the seed's own host gets the seed's scheme and `www.`: each other spelling would cost a redirect.
    url::Url spelledAsSeed(url::Url url) const;

private:
    url::Url seed_;
    Scope scope_;
    std::string domain_;
};

/// A link in its one spelling, tracking parameters removed; absent for what is no http(s) URL. Whether its address may
/// be reached at all is the host's decision.
std::optional<url::Url> parseLink(std::string_view absolute);

/// What two addresses of one page share: scheme, `www.`, default port, `index.html` and its like, trailing slash,
/// session parameters, the order of parameters and the fragment make no difference.
std::string identityKey(const url::Url& url);

/// Hosts that hold applications and files, never pages about a company: `app.`, `login.`, `cdn.` and so on.
bool isServiceHost(std::string_view host);

/// Path and query as robots.txt sees them.
std::string targetOf(const url::Url& url);

}  // namespace stepd::website
