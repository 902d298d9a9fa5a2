#include "website_analyzer/selection.h"

#include <array>

namespace stepd::website {

namespace {

constexpr int kRequiredScore = 40;
constexpr int kFillScore = 30;

std::size_t most(PageClass pageClass) {
    const bool once = pageClass == PageClass::Home || pageClass == PageClass::Contact ||
                      pageClass == PageClass::Imprint || pageClass == PageClass::Pricing;
    return once ? 1 : 2;
}

}  // namespace

Selection::Selection(const std::vector<Candidate>& ranked, const std::set<std::string>& accepted,
                     const std::set<std::string>& rejected)
    : ranked_(ranked), offered_(rejected) {
    offered_.insert(accepted.begin(), accepted.end());
    for (const Candidate& candidate : ranked)
        if (accepted.contains(candidate.key)) ++taken_[candidate.score.pageClass];
}

template <class Fits>
const Candidate* Selection::first(int minScore, Fits fits) const {
    for (const Candidate& candidate : ranked_) {
        if (candidate.score.score < minScore) return nullptr;
        if (!offered_.contains(candidate.key) && fits(candidate.score.pageClass)) return &candidate;
    }
    return nullptr;
}

std::size_t Selection::taken(PageClass pageClass) const {
    const auto found = taken_.find(pageClass);
    return found == taken_.end() ? 0 : found->second;
}

const Candidate* Selection::required() const {
    constexpr std::array<std::array<PageClass, 2>, 5> kGroups{{{PageClass::Home, PageClass::Home},
                                                               {PageClass::About, PageClass::About},
                                                               {PageClass::Team, PageClass::Team},
                                                               {PageClass::Product, PageClass::Product},
                                                               {PageClass::Contact, PageClass::Imprint}}};
    for (const auto& [one, other] : kGroups) {
        if (taken(one) > 0 || taken(other) > 0) continue;
        const auto belongs = [one = one, other = other](PageClass pageClass) {
            return pageClass == one || pageClass == other;
        };
        if (const Candidate* best = first(kRequiredScore, belongs)) return best;
    }
    return nullptr;
}

const Candidate* Selection::next() {
    const Candidate* best = required();
    if (best == nullptr)
        best = first(kFillScore, [&](PageClass pageClass) { return taken(pageClass) < most(pageClass); });
    if (best == nullptr) best = first(kFillScore, [](PageClass pageClass) { return pageClass != PageClass::Home; });
    if (best == nullptr) return nullptr;
    offered_.insert(best->key);
    ++taken_[best->score.pageClass];
    return best;
}

}  // namespace stepd::website
