#include "api/backup.h"

#include "http/response.h"
#include "json/writer.h"

namespace stepd::api {

using http::Status;

std::vector<http::Route> backupRoutes(const Backend& backend) {
    const auto backUp = [&backend](const http::Request&, const http::Responder& responder) {
        backend.backUp([responder](const Backup& made) {
            switch (made.status) {
                case Backup::Status::Busy: return void(responder.send(http::problem(Status::Conflict, made.problem)));
                case Backup::Status::Failed:
                    return void(responder.send(http::problem(Status::ServiceUnavailable, made.problem)));
                case Backup::Status::Done: break;
            }
            json::Writer out;
            out.beginObject().field("path", made.path).key("bytes").number(made.bytes);
            responder.send(http::json(Status::Ok, out.endObject().take()));
        });
    };
    return {{http::Method::Post, "/api/v1/backup", http::Access::Admin, backUp}};
}

}  // namespace stepd::api
