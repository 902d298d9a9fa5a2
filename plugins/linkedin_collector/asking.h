#pragma once

#include <list>
#include <string>
#include <vector>

#include "linkedin_collector/provider_state.h"
#include "linkedin_collector/settings.h"
#include "linkedin_collector/subject.h"
#include "linkedin_collector/world.h"

namespace stepd::linkedin {

/// A provider that can be asked about a page.
struct Candidate {
    const Provider* provider = nullptr;
    const Operation* operation = nullptr;
    ProviderState* state = nullptr;
    std::map<std::string, std::string> secrets;  ///< by their names in templates
};

/// What all providers together came to.
struct Answer {
    enum class Kind { Found, Failed, TryLater, Cancelled };
    Kind kind = Kind::Failed;
    std::string provider;                  ///< who answered, or who failed last
    const Operation* operation = nullptr;  ///< for Found: how to read `root`
    Json root;                             ///< for Found
    Class errorClass = Class::Permanent;   ///< for TryLater
    std::string code;                      ///< for Failed and TryLater
    std::string message;
    std::optional<Duration> wait;  ///< for TryLater: not before
    Json attempts = Json::array();
};

/// Asks one provider after the other until one knows the page or nothing more can be done within the budget. There is
/// at least one candidate, and the subject has a page.
Answer ask(World& world, const Settings& settings, const std::vector<Candidate>& candidates, const Subject& subject);

}  // namespace stepd::linkedin
