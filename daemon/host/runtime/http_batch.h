#pragma once

#include <stepd/abi.h>

#include <optional>
#include <string_view>
#include <vector>

#include "host/messages.h"

namespace stepd::host {

/// A request out of the plugin's memory, copied.
FetchRequest copyRequest(const stepd_http_request_v1& request);

/// The replies to one batch as they arrive, and then in the shape of the ABI. Not thread-safe. Does not move once
/// `replies` has been called.
class HttpBatch {
public:
    explicit HttpBatch(std::size_t size) : replies_(size), missing_(size) {}
    /// Ignores an index that is out of range or was answered before.
    void put(HttpReplyMessage reply);
    bool complete() const { return missing_ == 0; }
    /// Answers what is still open with `failure`.
    void fillWith(std::string_view failure, std::string_view message);
    /// The replies, in the order of the requests; borrowed from this batch, which must be complete.
    const stepd_http_reply_v1* const* replies();
    bool gaveOut(const stepd_http_reply_v1* const* replies) const {
        return !pointers_.empty() && pointers_.data() == replies;
    }

private:
    std::vector<std::optional<HttpReplyMessage>> replies_;
    std::size_t missing_;
    std::vector<std::vector<stepd_str>> texts_;
    std::vector<stepd_http_reply_v1> wires_;
    std::vector<const stepd_http_reply_v1*> pointers_;
};

}  // namespace stepd::host
