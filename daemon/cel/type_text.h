#pragma once

#include <optional>
#include <string_view>

#include "cel/type.h"

namespace stepd::cel {

/// Reads the notation of types and overloads, from left to right. Everything but `accept` throws Error
/// (InvalidArgument) where something else stands.
class TypeText {
public:
    explicit TypeText(std::string_view text) : text_(text), rest_(text) {}

    Type type();
    bool accept(std::string_view sign);
    void expect(std::string_view sign);
    void expectEnd();

private:
    std::string_view word();
    Type object(std::string_view name);
    [[noreturn]] void fail() const;

    std::string_view text_;
    std::string_view rest_;
};

}  // namespace stepd::cel
