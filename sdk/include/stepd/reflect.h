#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include <stepd/capabilities.h>

/// Names the fields of a struct, once, in its namespace: STEPD_REFLECT(Input, url, maxPages). Field types: bool,
/// integers, floating point, std::string, std::chrono durations (as whole numbers of their unit), Json, reflected
/// structs, and std::optional, std::vector, std::map<std::string, T> of them.
#define STEPD_REFLECT(Struct, ...)                               \
    [[maybe_unused]] constexpr auto stepdFields(const Struct*) { \
        using Reflected = Struct;                                \
        return std::make_tuple(STEPD_DETAIL_EACH(__VA_ARGS__));  \
    }

/// Says more of some fields of a reflected struct, below its STEPD_REFLECT: what they mean, for people and in the
/// schema, and what values they take, which is checked before the step sees them.
///     STEPD_DESCRIBE(Options, {"max_pages", "pages that are read", {.minimum = 1, .maximum = 100}},
///                    {"mode", "how thorough it is", {.oneOf = {"fast", "slow"}}})
#define STEPD_DESCRIBE(Struct, ...)                                                         \
    [[maybe_unused]] constexpr auto stepdDescriptions(const Struct*) {                      \
        return std::to_array<::stepd::Described>({__VA_ARGS__});                            \
    }                                                                                       \
    static_assert(::stepd::detail::describesItsFields(static_cast<const Struct*>(nullptr)), \
                  "STEPD_DESCRIBE(" #Struct ", ...) names a field that its STEPD_REFLECT does not name")

#define STEPD_DETAIL_FIELD(name) \
    ::stepd::detail::Field {     \
#name, &Reflected::name  \
    }
#define STEPD_DETAIL_PARENS ()
#define STEPD_DETAIL_EACH(...) STEPD_DETAIL_EXPAND(STEPD_DETAIL_EACH_STEP(__VA_ARGS__))
#define STEPD_DETAIL_EACH_STEP(name, ...) \
    STEPD_DETAIL_FIELD(name) __VA_OPT__(, STEPD_DETAIL_EACH_AGAIN STEPD_DETAIL_PARENS(__VA_ARGS__))
#define STEPD_DETAIL_EACH_AGAIN() STEPD_DETAIL_EACH_STEP
#define STEPD_DETAIL_EXPAND(...) \
    STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(STEPD_DETAIL_EXPAND1(__VA_ARGS__))))
#define STEPD_DETAIL_EXPAND1(...) STEPD_DETAIL_EXPAND2(STEPD_DETAIL_EXPAND2(STEPD_DETAIL_EXPAND2(__VA_ARGS__)))
#define STEPD_DETAIL_EXPAND2(...) STEPD_DETAIL_EXPAND3(STEPD_DETAIL_EXPAND3(STEPD_DETAIL_EXPAND3(__VA_ARGS__)))
#define STEPD_DETAIL_EXPAND3(...) __VA_ARGS__

namespace stepd {

/// What values a field takes, beyond its type. Of a list: each of its items.
struct Rules {
    std::optional<double> minimum = {};  ///< of a number
    std::optional<double> maximum = {};
    Names oneOf = {};       ///< of a text
    bool notEmpty = false;  ///< of a text
    bool required = false;  ///< of a configuration, all of whose fields may be left out otherwise
    bool secret = false;    ///< people are not shown it
};

struct Described {
    std::string_view field;
    std::string_view text = {};  ///< one sentence
    Rules rules = {};
};

namespace detail {

template <typename S, typename T>
struct Field {
    const char* name;
    T S::*member;
};
template <typename S, typename T>
Field(const char*, T S::*) -> Field<S, T>;

template <typename T>
concept Reflected = requires(const T* t) {
    stepdFields(t);
};

template <typename T>
concept DescribedStruct = requires(const T* t) {
    stepdDescriptions(t);
};

/// What is said of a field; an empty one if nothing.
template <typename S>
constexpr Described descriptionOf([[maybe_unused]] std::string_view field) {
    if constexpr (DescribedStruct<S>) {
        for (const Described& described : stepdDescriptions(static_cast<const S*>(nullptr)))
            if (described.field == field) return described;
    }
    return {};
}

template <typename S>
constexpr bool describesItsFields(const S* none) {
    const auto fields = stepdFields(none);
    const auto descriptions = stepdDescriptions(none);
    return std::all_of(descriptions.begin(), descriptions.end(), [&](const Described& described) {
        return std::apply([&](const auto&... field) { return ((described.field == field.name) || ...); }, fields);
    });
}

}  // namespace detail
}  // namespace stepd
