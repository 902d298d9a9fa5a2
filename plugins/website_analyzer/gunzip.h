#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stepd::website {

/// True for the two magic bytes of RFC 1952. Names and content types are no evidence: many servers get both wrong.
bool isGzip(std::string_view bytes);

struct Gunzipped {
    std::string bytes;
    bool truncated = false;  ///< the limit was reached, or the stream broke: `bytes` is what came before
};

/// Decodes all members of a gzip stream, up to `maxBytes` of output. Never throws on bad data.
Gunzipped gunzip(std::string_view bytes, std::size_t maxBytes);

}  // namespace stepd::website
