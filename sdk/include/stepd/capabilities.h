#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <stepd/json.h>

namespace stepd {

/// A short list of names that is a constant: at most 16 of them.
class Names {
public:
    constexpr Names() = default;
    constexpr Names(std::initializer_list<std::string_view> names) {
        for (const auto name : names) names_.at(size_++) = name;
    }
    constexpr const std::string_view* begin() const { return names_.data(); }
    constexpr const std::string_view* end() const { return names_.data() + size_; }
    constexpr bool empty() const { return size_ == 0; }

private:
    std::array<std::string_view, 16> names_{};
    std::size_t size_ = 0;
};

/// What a step asks for, as a constant beside its manifest: `static constexpr stepd::Capabilities capabilities{.net =
/// {"api.example.com"}};`. The operator grants it in stepd.yaml, or does not; one who reads `{}` knows that the step
/// needs nothing. In `net`, `read` and `write` `${options.NAME}` stands for an option: a text, or a list of texts.
struct Capabilities {
    Names net = {};      ///< hosts that it fetches from: `api.example.com`, `*.example.org:443`, `*`
    Names read = {};     ///< files and directories that it reads
    Names write = {};    ///< files and directories that it makes, changes and deletes
    bool exec = false;   ///< it starts programs
    Names secrets = {};  ///< that it asks for by name
    /// Whether doing it twice is as good as once, given `Context::idempotencyKey`; absent: the step does not say.
    std::optional<bool> idempotent = {};
};

/// As the ABI has it (stepd_step_v1.capabilities): what asks for nothing is left out.
inline Json toJson(const Capabilities& asked) {
    Json out = Json::object();
    const auto add = [&out](const char* key, const Names& names) {
        for (const auto name : names) out[key].push_back(name);
    };
    add("net", asked.net);
    add("read", asked.read);
    add("write", asked.write);
    if (asked.exec) out["exec"] = true;
    add("secrets", asked.secrets);
    if (asked.idempotent) out["idempotent"] = *asked.idempotent;
    return out;
}

}  // namespace stepd
