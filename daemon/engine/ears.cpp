#include "engine/ears.h"

#include "engine/signals.h"

namespace stepd::engine {
namespace {

bool isPattern(std::string_view name) {
    return name.find('*') != std::string_view::npos;
}

}  // namespace

Ears::Family& Ears::family(std::string_view family) {
    const std::string_view name = signals::nameOf(family);
    Families& families = (isPattern(name) ? patterns_ : exact_)[std::string(name)];
    return families[std::string(family)];
}

void Ears::dropIfEmpty(std::string_view text) {
    const std::string_view name = signals::nameOf(text);
    auto& byName = isPattern(name) ? patterns_ : exact_;
    const auto families = byName.find(name);
    const auto found = families->second.find(text);
    if (found->second.memory != 0 || found->second.stored != 0) return;
    families->second.erase(found);
    if (families->second.empty()) byName.erase(families);
}

void Ears::add(const std::string& signal, Ear ear) {
    if (ears_[signal].insert(ear).second) ++family(signals::familyOf(signal)).memory;
}

void Ears::remove(const std::string& signal, Ear ear) {
    const auto found = ears_.find(signal);
    if (found == ears_.end() || found->second.erase(ear) == 0) return;
    if (found->second.empty()) ears_.erase(found);
    --family(signals::familyOf(signal)).memory;
    dropIfEmpty(signals::familyOf(signal));
}

void Ears::stored(const std::string& text, std::ptrdiff_t more) {
    family(text).stored += static_cast<std::size_t>(more);
    storedCount_ += static_cast<std::size_t>(more);
    dropIfEmpty(text);
}

std::vector<std::string> Ears::raisedBy(const ActiveEvent& event) const {
    std::vector<std::string> raised;
    const auto collect = [&](const Families& families) {
        for (const auto& [family, who] : families)
            if (auto signal = signals::raisedBy(event, family)) raised.push_back(std::move(*signal));
    };
    if (const auto exact = exact_.find(event.event.name); exact != exact_.end()) collect(exact->second);
    for (const auto& [pattern, families] : patterns_)
        if (pipeline::EventTrigger{.pattern = pattern, .condition = {}}.matches(event.event.name)) collect(families);
    return raised;
}

std::vector<Ear> Ears::inMemory(const std::string& signal) const {
    const auto found = ears_.find(signal);
    return found == ears_.end() ? std::vector<Ear>() : std::vector<Ear>(found->second.begin(), found->second.end());
}

bool Ears::inStore(std::string_view text) const {
    const std::string_view name = signals::nameOf(text);
    const auto& byName = isPattern(name) ? patterns_ : exact_;
    const auto families = byName.find(name);
    if (families == byName.end()) return false;
    const auto found = families->second.find(text);
    return found != families->second.end() && found->second.stored != 0;
}

}  // namespace stepd::engine
