// What the scheduler has in the store: slots, moments, and lines of parked tickets.
#include <algorithm>
#include <utility>

#include "engine/scheduler.h"

namespace stepd::engine {
namespace {

constexpr std::string_view kLane = "lane:";
constexpr std::string_view kPaused = "paused:";
constexpr std::string_view kRate = "rate:";
constexpr std::string_view kClosed = "closed:";

/// Forgotten moments alone are no reason for a write until there are that many.
constexpr std::size_t kManyForgotten = 1000;

/// Keys may hold a `|`, so those of lane and group are written as %7C, and a % as %25.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|')
            out += "%7C";
        else if (c == '%')
            out += "%25";
        else
            out += c;
    }
    return out;
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view code = text.substr(i, 3);
        if (code == "%7C" || code == "%25") {
            out += code == "%7C" ? '|' : '%';
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

struct Signal {
    std::string lane;
    std::string group;
};

std::optional<Signal> parseSignal(std::string_view signal) {
    const std::size_t bar = signal.find('|');
    if (!signal.starts_with(kLane) || bar == std::string_view::npos) return std::nullopt;
    return Signal{unescaped(signal.substr(kLane.size(), bar - kLane.size())), unescaped(signal.substr(bar + 1))};
}

}  // namespace

Lane& Scheduler::storedLane(std::string_view name) {
    return name.starts_with(kPaused) ? pauseLane(name.substr(kPaused.size())) : flowLane(name);
}

std::string Scheduler::signalOf(const Lane& lane, const std::string& group) {
    std::string signal(kLane);
    if (lane.kind() == Lane::Kind::Pause) signal += kPaused;
    return signal + escaped(lane.name()) + '|' + escaped(group);
}

void Scheduler::restore(const store::Image& image) {
    for (const store::SlotChange& slot : image.slots) {
        const Ticket owner{.rank = 0, .run = slot.run, .step = slot.step};
        Lane& lane = flowLane(slot.lane);
        if (lane.hold(owner)) holdings_[owner].lanes.push_back(&lane);
    }
    for (const auto& [name, at] : image.moments) {
        const bool rate = name.starts_with(kRate);
        if (!rate && !name.starts_with(kClosed)) {
            moments_[name] = at;
            continue;
        }
        Lane& lane = flowLane(std::string_view(name).substr(rate ? kRate.size() : kClosed.size()));
        (rate ? lane.used : lane.closed) = at;
        watchExpiry(lane);
    }
    for (const std::string& pipeline : image.paused) setPaused(pipeline, true);
    for (const auto& [family, count] : image.waiting) {
        const auto signal = parseSignal(family);
        if (!signal) continue;
        Lane& lane = storedLane(signal->lane);
        lane.line.park(signal->group, INT64_MIN, count);
        parked_ += count;
        // Without its rule a lane would seem open; `setRules` looks at all of them.
        if (lane.kind() == Lane::Kind::Pause || !rules_.empty()) touch(lane);
    }
}

// ---- lines in the store

bool Scheduler::canPark(const Ticket& ticket) const {
    const auto waiting = waiting_.find({.rank = 0, .run = ticket.run, .step = ticket.step});
    return waiting != waiting_.end() && waiting->second.queue->at->kind() != Lane::Kind::Plugin;
}

std::optional<store::Wait> Scheduler::park(const Ticket& ticket) {
    if (!canPark(ticket)) return std::nullopt;
    const auto waiting = waiting_.find({.rank = 0, .run = ticket.run, .step = ticket.step});
    const Ticket standing = waiting->second.ticket;
    Lane& lane = *waiting->second.queue->at;
    const std::string group = waiting->second.queue->demand->group;
    lane.line.park(group, standing.rank);
    ++parked_;
    giveUpPlace(standing);
    const std::string signal = signalOf(lane, group);
    return store::Wait{.signal = signal, .family = signal, .rank = standing.rank, .step = standing.step};
}

void Scheduler::unparked(const store::Wait& wait) {
    const auto signal = parseSignal(wait.signal);
    if (!signal) return;
    Lane& lane = storedLane(signal->lane);
    if (lane.line.unpark(signal->group, wait.rank)) --parked_;
    touch(lane);
    dropIfIdle(lane);
}

std::optional<std::string> Scheduler::wanted() {
    if (wanted_.empty()) return std::nullopt;
    std::string signal = std::move(wanted_.front());
    wanted_.pop_front();
    return signal;
}

void Scheduler::loaded(const std::string& name, std::size_t count) {
    const auto signal = parseSignal(name);
    if (!signal) return;
    Lane& lane = storedLane(signal->lane);
    parked_ -= lane.line.loaded(signal->group, count);
    touch(lane);
    dropIfIdle(lane);
}

std::optional<PlaceInLine> Scheduler::place(const store::Wait& wait) const {
    const auto signal = parseSignal(wait.signal);
    if (!signal) return std::nullopt;
    const std::string_view name = signal->lane;
    const bool paused = name.starts_with(kPaused);
    const Lanes& lanes = paused ? pauses_ : flow_;
    const auto lane = lanes.find(paused ? name.substr(kPaused.size()) : name);
    return lane == lanes.end() ? std::nullopt : std::optional(placeAt(lane->second));
}

// ---- moments

bool Scheduler::admit(const std::string& name, const GcraRule& rule) {
    Lane& lane = flowLane(name);
    lane.believe(rule, now_);
    if (lane.used && Gcra::opens(rule, *lane.used) > now_) return false;
    lane.pass(rule, now_);
    momentChanged(lane);
    return true;
}

void Scheduler::closeLane(const std::string& name, Timestamp until) {
    if (until <= now_) return;
    Lane& lane = flowLane(name);
    lane.closed = std::max(lane.closed.value_or(until), until);
    momentChanged(lane);
    touch(lane);
}

std::optional<Timestamp> Scheduler::moment(std::string_view name) const {
    const auto found = moments_.find(name);
    if (found == moments_.end()) return std::nullopt;
    return found->second;
}

void Scheduler::setMoment(const std::string& name, std::optional<Timestamp> at) {
    if (at)
        moments_[name] = *at;
    else
        moments_.erase(name);
    momentChanges_[name] = at;
}

void Scheduler::momentChanged(Lane& lane) {
    const auto changed = [this](std::string name, std::optional<Timestamp> at) {
        if (!at) return;
        forgotten_.erase(name);
        momentChanges_[std::move(name)] = at;
    };
    changed(std::string(kRate) + lane.name(), lane.used);
    changed(std::string(kClosed) + lane.name(), lane.closed);
    watchExpiry(lane);
}

void Scheduler::watchExpiry(Lane& lane) {
    if (lane.expiring) return;
    const Timestamp never = Timestamp::max();
    expiries_.emplace(std::min(lane.used.value_or(never), lane.closed.value_or(never)), lane.name());
    lane.expiring = true;
}

void Scheduler::expire() {
    while (!expiries_.empty() && expiries_.begin()->first <= now_) {
        Lane& lane = flow_.find(expiries_.extract(expiries_.begin()).value().second)->second;
        lane.expiring = false;
        const auto forget = [this](std::string name, std::optional<Timestamp>& at) {
            if (!at || *at > now_) return;
            at.reset();
            momentChanges_.erase(name);
            forgotten_.insert(std::move(name));
        };
        forget(std::string(kRate) + lane.name(), lane.used);
        forget(std::string(kClosed) + lane.name(), lane.closed);
        if (lane.used || lane.closed) watchExpiry(lane);
        dropIfIdle(lane);
    }
}

void Scheduler::clockSetBack(Duration by) {
    for (auto& [name, lane] : flow_) {
        // Whoever closed it meant a length of time.
        if (lane.closed && *lane.closed > now_ + by)
            lane.closed = *lane.closed - std::chrono::ceil<std::chrono::microseconds>(by);
        if (lane.closed) momentChanged(lane);
        touch(lane);
    }
}

std::vector<store::Change> Scheduler::drain() {
    if (slotChanges_.empty() && momentChanges_.empty() && forgotten_.size() < kManyForgotten) return {};
    std::vector<store::Change> changes = std::exchange(slotChanges_, {});
    for (auto& [name, at] : std::exchange(momentChanges_, {})) changes.emplace_back(store::MomentChange{name, at});
    for (const std::string& name : std::exchange(forgotten_, {}))
        changes.emplace_back(store::MomentChange{name, std::nullopt});
    return changes;
}

std::size_t Scheduler::waiting() const {
    return waiting_.size();
}

std::size_t Scheduler::parked() const {
    return parked_;
}

}  // namespace stepd::engine
