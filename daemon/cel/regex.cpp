#include "cel/regex.h"

#include <re2/re2.h>

namespace stepd::cel {
namespace {

using Compiled = Result<std::shared_ptr<const Regex>, std::string>;

constexpr std::size_t kMostPatternBytes = 4096;
constexpr std::int64_t kMostMemory = 1 << 20;

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

Compiled Regex::compile(std::string_view pattern) {
    if (pattern.size() > kMostPatternBytes)
        return Compiled::failure("the pattern is longer than " + std::to_string(kMostPatternBytes) + " bytes");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMostMemory);
    auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!compiled->ok()) return Compiled::failure(compiled->error());
    return std::make_shared<const Regex>(std::move(compiled));
}

std::size_t Regex::work(std::string_view text) const {
    return text.size() * static_cast<std::size_t>(compiled_->ProgramSize());
}

bool Regex::matches(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace stepd::cel
