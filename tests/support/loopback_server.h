#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "base/mutex.h"

namespace stepd::test {

/// An HTTP server on 127.0.0.1 that answers with the very bytes a test gives it, one connection at a time, each closed
/// after its answer. Remembers what it was asked.
class LoopbackServer {
public:
    /// From the head of a request (request line and header) to the bytes of the answer. Runs on the server's thread.
    using Handler = std::function<std::string(const std::string& head)>;

    explicit LoopbackServer(Handler handler);
    ~LoopbackServer();

    std::uint16_t port() const { return port_; }
    std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// Heads of the requests so far.
    std::vector<std::string> heads() const;

    static std::string answer(int status, const std::string& headers, const std::string& body);

private:
    void loop();

    const Handler handler_;
    FileDescriptor listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    mutable Mutex mutex_;
    std::vector<std::string> heads_ GUARDED_BY(mutex_);
    std::thread thread_;
};

}  // namespace stepd::test
