#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace stepd::torture {

/// What must not be, in sentences. Only the first hundred are kept: one bug breaks thousands of runs.
class Findings {
public:
    void add(std::string sentence) {
        ++count_;
        if (sentences_.size() < 100) sentences_.push_back(std::move(sentence));
    }
    void require(bool holds, const std::string& sentence) {
        if (!holds) add(sentence);
    }
    std::size_t count() const { return count_; }
    const std::vector<std::string>& sentences() const { return sentences_; }

private:
    std::size_t count_ = 0;
    std::vector<std::string> sentences_;
};

}  // namespace stepd::torture
