#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace stepd::engine {

struct ActiveRun;

/// The items of a `foreach`, as its memo keeps them: {"items": [...], "keys": [...]}, one key for each item, in order.
/// Knows where each item lies in that text, so that ten thousand items are looked through once and not once each.
class ForeachItems {
public:
    /// `memo` is what `writeForeachMemo` gave; without items if it is not.
    explicit ForeachItems(std::string_view memo);

    std::size_t size() const { return keys_.size(); }
    const std::string& key(std::size_t item) const { return keys_[item]; }
    std::optional<std::size_t> find(std::string_view key) const;
    /// The item's JSON text in `memo`, which is the same text that this was read from.
    std::string_view bytes(std::string_view memo, std::size_t item) const;

private:
    std::vector<std::pair<std::size_t, std::size_t>> where_;  // offset and length
    std::vector<std::string> keys_;
    std::map<std::string_view, std::size_t> byKey_;  // views into keys_
};

std::string writeForeachMemo(const std::vector<std::string>& items, const std::vector<std::string>& keys);

/// What is known of the steps below one step of a run, beside the records: nothing that could not be worked out again.
struct StepFamily {
    std::vector<std::uint32_t> children;  ///< places in ActiveRun::steps, in the order in which they joined
    std::size_t ended = 0;                ///< so many of the first children have ended
    std::vector<bool> joined;             ///< of a `foreach`: the items that have a record; may be shorter than they
    std::size_t complete = 0;             ///< so many of the first items have one
    std::unique_ptr<ForeachItems> items;  ///< of a `foreach`, once needed
    std::string calm;                     ///< of a group: see rememberCalm; empty: not known

    /// There is nothing to do among the children as they are now.
    void rememberCalm(const ActiveRun& run);
    /// True while they still are as they were then: of thousands of open groups only those that moved are gone through.
    bool isCalm(const ActiveRun& run) const;
};

/// Of the step at `parent`; of kNoStep: the steps without a parent but for the first `known` of the run. Valid until
/// a step joins.
StepFamily& familyOf(const ActiveRun& run, std::size_t parent, std::size_t known);
/// Of the `foreach` at `place`; none while it is not open.
const ForeachItems& itemsOf(const ActiveRun& run, std::size_t place);
/// The JSON text of the item that the record at `place` stands for; `null` if its foreach does not know it.
std::string_view itemBytes(const ActiveRun& run, std::size_t place);

}  // namespace stepd::engine
