#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace stepd {

/// A value or the reason why there is none; shaped like std::expected, which C++20 lacks. For outcomes that a caller
/// expects and decides on; what cannot go on throws Error instead.
template <typename T, typename Reason>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
    static Result failure(Reason reason) { return Result(std::in_place_index<1>, std::move(reason)); }

    explicit operator bool() const { return content_.index() == 0; }
    T& value() { return assert(content_.index() == 0), *std::get_if<0>(&content_); }
    const T& value() const { return assert(content_.index() == 0), *std::get_if<0>(&content_); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Reason& error() const { return assert(content_.index() == 1), *std::get_if<1>(&content_); }

private:
    template <std::size_t I, typename V>
    Result(std::in_place_index_t<I> index, V&& v) : content_(index, std::forward<V>(v)) {}
    std::variant<T, Reason> content_;
};

}  // namespace stepd
