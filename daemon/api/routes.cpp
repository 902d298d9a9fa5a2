#include "api/routes.h"

#include <iterator>

#include "api/backup.h"
#include "api/bulk_runs.h"
#include "api/declared_routes.h"
#include "api/events.h"
#include "api/health.h"
#include "api/inventory.h"
#include "api/plugin_operations.h"
#include "api/reload.h"
#include "api/run_operations.h"
#include "api/runs.h"
#include "base/error.h"

namespace stepd::api {

std::shared_ptr<const http::Router> makeRoutes(const Backend& backend,
                                               const std::vector<pipeline::PipelinePtr>& pipelines) {
    std::vector<http::Route> all;
    for (auto part : {eventRoutes(backend), runRoutes(backend), runOperationRoutes(backend), bulkRunRoutes(backend),
                      inventoryRoutes(backend), pluginRoutes(backend), reloadRoutes(backend), backupRoutes(backend),
                      healthRoutes(backend), declaredRoutes(backend, pipelines)})
        all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    try {
        return std::make_shared<const http::Router>(std::move(all));
    } catch (const Error& e) {
        throw Error(ErrorCode::Configuration, std::string("a pipeline's route cannot be served: ") + e.what());
    }
}

}  // namespace stepd::api
