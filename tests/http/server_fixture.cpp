#include "http/server_fixture.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace stepd::http::test {

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: stepd.test\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: stepd.test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(fields) + "\r\n" + std::string(body);
}

Reply ask(TestClient& client, const std::string& bytes, bool bodyFollows) {
    client.send(bytes);
    const auto reply = client.read(bodyFollows);
    if (!reply) throw std::runtime_error("the connection ended without an answer");
    return *reply;
}

ServerFixture::ServerFixture(ServerOptions options)
    : server(std::move(options), clock, std::make_shared<const Router>(routes())) {
    server.start();
}

ServerFixture::~ServerFixture() {
    std::atomic<bool> stopped = false;
    std::thread stopper([&] {
        server.stop();
        stopped = true;
    });
    while (!stopped) advance(1min);
    stopper.join();
}

Handler ServerFixture::counted(Handler handler) {
    return [this, inner = std::move(handler)](Request request, Responder responder) {
        ++handled;
        inner(std::move(request), std::move(responder));
    };
}

std::vector<Route> ServerFixture::routes() {
    const Handler echo =
        counted([](Request request, Responder responder) { responder.send(text(Status::Ok, request.body)); });
    const Handler hello = counted([](Request, Responder responder) { responder.send(text(Status::Ok, "hello")); });
    std::vector<Route> out;
    out.emplace_back(Method::Get, "/hello", Access::Open, hello);
    out.emplace_back(Method::Post, "/echo", Access::Open, echo, kDefaultBodyLimit, Duty::TakeIn);
    out.emplace_back(Method::Post, "/small", Access::Open, echo, 16);
    out.emplace_back(Method::Get, "/items/{id}", Access::Open, counted([](Request request, Responder responder) {
                         responder.send(text(Status::Ok, request.param("id")));
                     }));
    out.emplace_back(Method::Get, "/later", Access::Open, counted([this](Request, Responder responder) {
                         const std::lock_guard lock(mutex_);
                         later_.push_back(std::move(responder));
                     }));
    out.emplace_back(Method::Get, "/drop", Access::Open, counted([](Request, Responder) {}));
    out.emplace_back(Method::Get, "/throw", Access::Open,
                     counted([](Request, Responder) { throw std::runtime_error("the handler fell"); }));
    out.emplace_back(Method::Get, "/big", Access::Open, counted([](Request, Responder responder) {
                         responder.send(text(Status::Ok, std::string(kBigBody, 'x')));
                     }));
    out.emplace_back(Method::Get, "/who", Access::EventKey, counted([](Request request, Responder responder) {
                         responder.send(text(Status::Ok, request.principal));
                     }));
    out.emplace_back(Method::Post, "/admin", Access::Admin, echo);
    return out;
}

void ServerFixture::advance(Duration by) {
    clock.advance(by);
    server.wake();
}

void ServerFixture::await(const std::function<bool()>& done) const {
    const auto giveUp = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
        if (std::chrono::steady_clock::now() > giveUp) throw std::runtime_error("what was awaited did not happen");
        std::this_thread::yield();
    }
}

void ServerFixture::awaitOpen(std::uint64_t connections) const {
    await([&] { return server.metrics().open == connections; });
}

Responder ServerFixture::later(std::size_t index) {
    await([&] { return laterCount() > index; });
    const std::lock_guard lock(mutex_);
    return later_[index];
}

std::size_t ServerFixture::laterCount() {
    const std::lock_guard lock(mutex_);
    return later_.size();
}

void ServerFixture::forgetLater() {
    std::vector<Responder> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(later_);
}

}  // namespace stepd::http::test
