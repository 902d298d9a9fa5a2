#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/headers.h"

namespace stepd::http {

/// Boost.Beast's HTTP/1 parser behind a border that keeps its headers out of ours. It sees only bytes that the filters
/// have approved, and is the second opinion: what it refuses, or where it sees another end of the request, is refused.
/// One request at a time; one thread at a time.
class Codec {
public:
    /// What the header says. Views point into the bytes given to `readHead`.
    struct Head {
        std::string_view method;
        std::string_view target;
        bool keepAlive = false;
    };

    Codec();
    ~Codec();
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;

    /// Begins a request with its whole header, request line to empty line; its fields are added to `headers`. False if
    /// the parser refuses it or does not end with it.
    bool readHead(std::string_view bytes, Head& head, Headers& headers);

    /// Decodes bytes of the body and appends to `body`. Gives how many were used: all, unless the parser refuses them.
    std::size_t readBody(std::string_view bytes, std::string& body);

    /// The parser has seen the end of the request.
    bool done() const;

private:
    class Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace stepd::http
