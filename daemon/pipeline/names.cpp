#include "pipeline/names.h"

#include <algorithm>

#include "base/diagnostic.h"

namespace stepd::pipeline {
namespace {

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool consistsOf(std::string_view text, std::string_view signs, std::size_t most) {
    return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [signs](char c) {
        return isLetter(c) || isDigit(c) || signs.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool isStepId(std::string_view text) {
    for (const std::string_view word : {"in", "true", "false", "null"})
        if (text == word) return false;
    return consistsOf(text, "_", 64) && !isDigit(text.front());
}

bool isPipelineId(std::string_view text) {
    return consistsOf(text, "._-", 64) && (isLetter(text.front()) || isDigit(text.front()));
}

bool isEventName(std::string_view text) {
    return consistsOf(text, "._-/:", 128);
}
bool isEventPattern(std::string_view text) {
    return consistsOf(text, "._-/:*", 128);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    const std::string meant = didYouMean(word, known);
    return meant.empty() ? "" : "did you mean `" + meant + "`?";
}

}  // namespace stepd::pipeline
