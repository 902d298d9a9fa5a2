#pragma once

#include <cstddef>
#include <string>

#include "engine/graph.h"

namespace stepd::engine {

inline constexpr std::size_t kMostItems = 10'000;  ///< of one foreach
inline constexpr std::size_t kMostKeyBytes = 256;  ///< of an item's key: it is part of a record's name

/// Opens the foreach at `place` with its items as they are now, or fails it: no list, too many items, a key that is no
/// text and no whole number, or that two items have. Items that a path selects stay the bytes that they are.
Move openForeach(const Graph& graph, const ActiveRun& run, std::size_t place);
/// The first `count` items that have no record yet join.
Move addItems(const Graph& graph, const ActiveRun& run, std::size_t place, std::size_t count);
/// The place of the item that fails its foreach; kNoStep: none does.
std::size_t failedItem(const Graph& graph, const ActiveRun& run, std::size_t place);
/// The key of the item at `place`.
const std::string& itemKey(const ActiveRun& run, std::size_t place);
/// The list of the items' outputs, as bytes, null for those that did not complete.
std::string outputOfForeach(const Graph& graph, const ActiveRun& run, std::size_t place);
/// The output of the group's last step, null if that did not complete.
std::string outputOfGroup(const Graph& graph, const ActiveRun& run, std::size_t place);
/// The error of a step or an item as that of what holds it; `what` names it.
StepError errorBelow(const std::string& what, const ActiveStep& failed);

}  // namespace stepd::engine
