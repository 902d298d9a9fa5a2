#pragma once

#include <stepd/step.h>

namespace stepd::linkedin {

/// `root` without what it says of people who did not register: `people_also_viewed`, `similar_profiles`,
/// `recommendations` and the like, at any depth and in any spelling.
Json withoutThirdParties(const Json& root);

/// More than this is not stored.
inline constexpr std::size_t kMostRawBytes = 256U << 10U;

}  // namespace stepd::linkedin
