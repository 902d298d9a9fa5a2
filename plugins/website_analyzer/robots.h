#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::website {

/// The rules of one robots.txt for one product token (RFC 9309). Immutable; safe to share.
class Robots {
public:
    /// Only the first 500 KiB count. Any bytes are accepted: what is no rule is passed over. `productToken` is the
    /// crawler's own name, without version; the groups of `*` apply where no group names it.
    static Robots parse(std::string_view text, std::string_view productToken);
    static Robots allowAll() { return {}; }
    static Robots disallowAll();

    /// `target` is the path with its query, as in a request line. Longest match by octets wins, Allow on a tie;
    /// `/robots.txt` is always allowed.
    bool allows(std::string_view target) const;

    /// The largest of our groups' `Crawl-delay`, absent if none states one.
    std::optional<std::chrono::milliseconds> crawlDelay() const { return crawlDelay_; }
    /// `Sitemap:` values in order, whatever group they stand near; not resolved.
    const std::vector<std::string>& sitemaps() const { return sitemaps_; }

private:
    struct Rule {
        std::vector<std::string> pieces;  ///< literals between `*`s, normalised; the first is anchored at the start
        bool anchoredAtEnd = false;
        bool allow = false;
        std::size_t length = 0;  ///< octets of the normalised pattern

        bool matches(std::string_view target) const;
    };
    struct Group;

    static Rule makeRule(std::string_view pattern, bool allow);

    std::vector<Rule> rules_;  // longest first, Allow before Disallow: the first match decides
    std::optional<std::chrono::milliseconds> crawlDelay_;
    std::vector<std::string> sitemaps_;
};

}  // namespace stepd::website
