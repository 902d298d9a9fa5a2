#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "website_analyzer/candidates.h"

namespace stepd::website {

/// Picks pages one by one: home; the best about, team, product and contact-or-imprint page with 40 points or more; then
/// by score with two a class at most (home, contact, imprint and pricing one); then whatever has 30 points. Pure.
class Selection {
public:
    /// `ranked` is borrowed: Candidates::ranked(), best first. Pages whose keys are `accepted` have used up their
    /// class's places; those `rejected` (duplicates, missing, forbidden) have not, but are not offered again.
    Selection(const std::vector<Candidate>& ranked, const std::set<std::string>& accepted,
              const std::set<std::string>& rejected);

    /// The next page, absent when nothing is worth reading any more. It counts as accepted from now on.
    const Candidate* next();

private:
    const Candidate* required() const;
    std::size_t taken(PageClass pageClass) const;
    template <class Fits>
    const Candidate* first(int minScore, Fits fits) const;

    const std::vector<Candidate>& ranked_;
    std::set<std::string> offered_;
    std::map<PageClass, std::size_t> taken_;
};

}  // namespace stepd::website
