#include "result_saver/failure.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace stepd::result_saver {

Outcome outcomeOf(const std::system_error& error) {
    static constexpr std::array kPassing = {ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ESTALE, EAGAIN};
    const int number = error.code().value();
    const char* name = ::strerrorname_np(number);
    std::string code = name == nullptr ? "io_error" : name;
    for (char& c : code) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool passing = std::find(kPassing.begin(), kPassing.end(), number) != kPassing.end();
    return {passing ? Class::Transient : Class::Permanent, std::move(code), error.what()};
}

}  // namespace stepd::result_saver
