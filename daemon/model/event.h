#pragma once

#include <string>

#include "model/ids.h"

namespace stepd {

/// Something that happened, as accepted. `data` is the bytes as received (hardening R14).
struct Event {
    EventId id;
    std::string name;        ///< `registration.received`
    std::string externalId;  ///< the sender's id, its idempotency key; empty: the public id serves as one
    std::string data;        ///< a JSON object
    std::string user;        ///< a JSON object, or empty
    Timestamp ts{};          ///< when it happened, as the sender says; else `receivedAt`
    Timestamp receivedAt{};
    std::string requestId;  ///< of the HTTP request that brought it; for logs
    /// Pipelines that it matched and that started no run for it: JSON array of {pipeline, why}, or empty.
    std::string skipped;

    /// What expressions and clients see as `event.id`.
    std::string visibleId() const { return externalId.empty() ? publicId(id, receivedAt) : externalId; }
};

}  // namespace stepd
