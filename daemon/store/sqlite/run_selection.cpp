#include "store/sqlite/run_selection.h"

#include <algorithm>
#include <limits>
#include <set>

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

constexpr int kBefore = 1;  // the parameters of the filter follow, then the limit

template <typename States>
std::string listOf(const States& states) {
    std::string list;
    for (const auto state : states) list += (list.empty() ? "" : ", ") + std::to_string(static_cast<int>(state));
    return list;
}

}  // namespace

/// `+` keeps SQLite from taking an index for a column; it has no statistics, so we say which one is narrowest.
RunSelection::RunSelection(const RunFilter& filter) {
    const std::set<RunState> states =
        filter.state ? std::set{*filter.state} : std::set(filter.states.begin(), filter.states.end());
    bool byPipeline = false;
    if (filter.event) {
        const auto event = parameter(filter.event->value);
        branches_ = {"event = " + event, "id IN (SELECT run FROM run_events WHERE event = " + event + ")"};
    } else if (filter.parent) {
        branches_ = {"parent = " + parameter(filter.parent->value) + " AND parent <> 0"};
    } else if (!states.empty() && !states.contains(RunState::Completed)) {
        for (const auto state : states)
            for (const char* parked : {"0", "1"})
                branches_.push_back("parked = " + std::string(parked) +
                                    " AND state = " + std::to_string(static_cast<int>(state)) + " AND state <> 10");
    } else {
        byPipeline = filter.pipeline.has_value();
        branches_ = {byPipeline ? "pipeline = " + parameter(*filter.pipeline) : "true"};
    }
    if (filter.event && filter.parent) conditions_ += " AND +parent = " + parameter(filter.parent->value);
    if (!states.empty()) conditions_ += " AND +state IN (" + listOf(states) + ")";
    if (filter.state && !filter.states.empty()) conditions_ += " AND +state IN (" + listOf(filter.states) + ")";
    if (filter.pipeline && !byPipeline) conditions_ += " AND +pipeline = " + parameter(*filter.pipeline);
    if (filter.createdSince) conditions_ += " AND created_at >= " + parameter(toMicros(*filter.createdSince));
    if (filter.createdUntil) conditions_ += " AND created_at < " + parameter(toMicros(*filter.createdUntil));
}

std::string RunSelection::parameter(std::variant<std::int64_t, std::string> value) {
    values_.push_back(std::move(value));
    return "?" + std::to_string(kBefore + values_.size());
}

std::string RunSelection::keys() const {
    std::string sql;
    for (const auto& branch : branches_)
        sql += (sql.empty() ? "SELECT id FROM runs WHERE id < ?1 AND "
                            : " UNION ALL SELECT id FROM runs WHERE id < ?1 AND ") +
               branch + conditions_;
    return sql;
}

std::string RunSelection::list() const {
    return "SELECT " + std::string(kRunColumns) + " FROM runs WHERE id IN (" + keys() + " ORDER BY id DESC LIMIT ?" +
           std::to_string(kBefore + 1 + values_.size()) + ") ORDER BY id DESC";
}

std::string RunSelection::count() const {
    return "SELECT count(*) FROM (" + keys() + ")";
}

void RunSelection::bind(Statement& statement) const {
    statement.bind(kBefore, std::numeric_limits<std::int64_t>::max());
    int position = kBefore;
    for (const auto& value : values_) {
        ++position;
        std::visit([&](const auto& one) { statement.bind(position, one); }, value);
    }
}

void RunSelection::bindPage(Statement& statement, std::int64_t before, std::int64_t limit) const {
    bind(statement);
    statement.bind(kBefore, before);
    statement.bind(kBefore + 1 + static_cast<int>(values_.size()), limit);
}

}  // namespace stepd::store
