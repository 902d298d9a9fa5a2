#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "host/host_services.h"

namespace stepd::bench {

/// For plugins that ask for nothing.
class NoServices final : public host::HostServices {
public:
    void fetch(host::FetchId, FetchRequest, FetchDone) override { std::abort(); }
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const host::PluginLog& line) override { std::fprintf(stderr, "%s\n", line.text.c_str()); }
};

}  // namespace stepd::bench
