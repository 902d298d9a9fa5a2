#pragma once

#include <string>
#include <vector>

namespace stepd::http::test {

/// Raw bytes of one request and the status that its answer must have. A `status` of 200 means that the route `/echo` or
/// `/hello` was reached; anything else that no handler was.
struct GrammarCase {
    const char* name;
    std::string bytes;
    int status;
};

/// Hardening R25 and the sizes of R26.
const std::vector<GrammarCase>& grammarCases();

}  // namespace stepd::http::test
