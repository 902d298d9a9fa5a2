#pragma once

#include <map>
#include <string>

#include "host/invoker.h"

namespace stepd {

/// Has slots and carries out nothing: the scheduler asks it for nothing else.
class SlotsInvoker final : public host::Invoker {
public:
    std::map<std::string, std::size_t, std::less<>> of{};  ///< those of other plugins: 1
    void listen(host::CallListener) override {}
    std::size_t slots(std::string_view plugin) const override {
        const auto found = of.find(plugin);
        return found == of.end() ? 1 : found->second;
    }
    void invoke(host::StepCall) override {}
    void cancel(host::CallId, host::CancelReason) override {}
};

}  // namespace stepd
