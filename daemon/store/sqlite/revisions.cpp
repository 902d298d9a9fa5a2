#include "store/sqlite/revisions.h"

#include <Poco/Data/Session.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/poco_call.h"

namespace stepd::store {

using namespace Poco::Data::Keywords;

RevisionId saveRevision(Connection& connection, const Revision& revision) {
    return callingPoco(connection.handle(), "saving a revision of " + revision.pipeline, [&] {
        connection.session()
            << "INSERT INTO revisions (pipeline, hash, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            useRef(revision.pipeline), useRef(revision.hash), useRef(revision.source), now;
        Poco::Int64 id = 0;
        connection.session() << "SELECT id FROM revisions WHERE pipeline = ? AND hash = ?", useRef(revision.pipeline),
            useRef(revision.hash), into(id), now;
        return RevisionId{id};
    });
}

std::optional<Revision> findRevision(Connection& connection, RevisionId id) {
    return callingPoco(connection.handle(), "reading revision " + std::to_string(id.value), [&] {
        Revision revision;
        Poco::Int64 key = id.value;
        Poco::Data::Statement select(connection.session());
        select << "SELECT pipeline, hash, source FROM revisions WHERE id = ?", use(key), into(revision.pipeline),
            into(revision.hash), into(revision.source);
        if (select.execute() == 0) return std::optional<Revision>();
        revision.id = id;
        return std::optional(std::move(revision));
    });
}

}  // namespace stepd::store
