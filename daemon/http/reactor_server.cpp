#include "http/reactor_server.h"

#include "base/named_thread.h"
#include "http/reactor.h"

namespace stepd::http {

ReactorServer::ReactorServer(ServerOptions options, const Clock& clock, std::shared_ptr<const Router> routes)
    : options_(std::move(options)), reactor_(std::make_unique<Reactor>(options_, clock, std::move(routes))) {}

ReactorServer::~ReactorServer() {
    stop();
}

const char* ReactorServer::name() const {
    return options_.name.c_str();
}

void ReactorServer::start() {
    reactor_->open();
    thread_ = namedThread("http", [this] { reactor_->run(); });
}

void ReactorServer::stop() {
    if (!thread_.joinable()) return;
    reactor_->stop();
    thread_.join();
}

std::uint16_t ReactorServer::port() const {
    return reactor_->port();
}

void ReactorServer::setRoutes(std::shared_ptr<const Router> routes) {
    reactor_->setRoutes(std::move(routes));
}

const ServerMetrics& ReactorServer::metrics() const {
    return reactor_->metrics();
}

void ReactorServer::wake() {
    reactor_->wake();
}

}  // namespace stepd::http
