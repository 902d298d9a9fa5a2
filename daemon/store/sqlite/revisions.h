#pragma once

#include <optional>

#include "store/store.h"

namespace stepd::store {

class Connection;

/// Store::saveRevision and Store::findRevision on a connection; durable on return. Throw Error.
RevisionId saveRevision(Connection& connection, const Revision& revision);
std::optional<Revision> findRevision(Connection& connection, RevisionId id);

}  // namespace stepd::store
