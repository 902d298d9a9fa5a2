#pragma once

#include <vector>

#include "website_analyzer/markdown.h"

namespace stepd::website {

/// Removes the blocks that stand on 60 % or more of the pages: slogans, calls to action, forms' captions. Needs three
/// pages or more to tell; fewer are left as they are. `pages` are borrowed and changed in place.
void dropRepeatedBlocks(const std::vector<MarkdownBlocks*>& pages);

}  // namespace stepd::website
