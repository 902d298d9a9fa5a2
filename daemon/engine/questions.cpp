#include "engine/questions.h"

#include <utility>

namespace stepd::engine {

/// A callback for the store's thread that has `answer` called on the engine's.
template <typename Answer>
std::function<void(Answer)> Questions::posting(std::function<void(Answer)> answer) {
    return [post = post_, answer = std::move(answer)](Answer found) {
        post(Answered{[answer, found = std::move(found)]() mutable { answer(std::move(found)); }});
    };
}

void Questions::lookup(store::Lookup lookup, std::function<void(store::Found)> answer) {
    store_.lookup(std::move(lookup), posting<store::Found>(std::move(answer)));
}

void Questions::prune(store::Prune prune, std::function<void(store::Pruned)> answer) {
    store_.prune(std::move(prune), posting<store::Pruned>(std::move(answer)));
}

void Questions::shrink(std::size_t pages, std::function<void(bool)> answer) {
    store_.shrink(pages, posting<bool>(std::move(answer)));
}

void Questions::findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> answer) {
    others_.push_back([this, query = std::move(query), answer = std::move(answer)] {
        store_.findEvents(query, posting<std::vector<Event>>([=, this, view = view_](std::vector<Event> found) {
                              if (view != view_) return findEvents(query, answer);
                              answer(std::move(found));
                          }));
    });
}

void Questions::audit(std::size_t limit, std::function<void(store::Violations)> answer) {
    others_.push_back(
        [this, limit, answer = std::move(answer)] { store_.audit(limit, posting<store::Violations>(answer)); });
}

void Questions::load(store::LoadQuery query, std::function<void(store::LoadedRuns)> answer) {
    loads_.push_back({std::move(query), std::move(answer)});
}

void Questions::send() {
    for (const auto& ask : std::exchange(others_, {})) ask();
    if (loading_ || loads_.empty()) return;
    Load next = std::move(loads_.front());
    loads_.pop_front();
    loading_ = true;
    store_.load(next.query, posting<store::LoadedRuns>([this, next, view = view_](store::LoadedRuns runs) {
                    loading_ = false;
                    if (view != view_) return loads_.push_front(next);
                    next.answer(std::move(runs));
                }));
}

}  // namespace stepd::engine
