#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "http/front.h"
#include "http/poller.h"
#include "http/request_reader.h"

namespace stepd::http {

/// One client: reads a request, hands it to its handler, writes the answer, and again. One request at a time; what the
/// client sends meanwhile waits in the kernel. Ends itself by putting its id into `front.finished`. Confined to the
/// reactor thread.
class Connection final : public Timed {
public:
    /// `front` outlives the connection.
    Connection(FileDescriptor socket, ConnectionId id, std::string remoteAddress, Front& front);
    ~Connection() override;

    ConnectionId id() const { return id_; }
    void onEvent(const Poller::Event& event);
    /// The handler's answer to the request at hand.
    void onAnswer(const Response& response);
    /// Its turn came again after it had used up an earlier one.
    void onTurn() { proceed(); }
    void onDeadline() override;
    /// The server stops: closes now if no request is under way, else after its answer.
    void drain();
    /// Ends it without a word; it is destroyed after this step of the round.
    void close();

private:
    enum class State { Reading, Handling, Writing, Lingering, Closed };

    void proceed();
    void advance();
    void admit();
    void dispatch();
    void refuse(const Refused& refused);
    void respond(const Response& response);
    void flush();
    void afterAnswer();
    void linger();
    void discard();

    void receive();
    /// So many bytes of a request are kept for this connection; false: that is too much with those of all others.
    bool keep(std::size_t bytes);
    void awaitBytes();
    void awaitClient();
    void settleUnread();
    void nameRequest(Request& request);
    void tellGone();
    std::string_view rest() const { return std::string_view(input_).substr(used_); }
    bool idle() const;
    void count(Refusal reason) { ++front_.metrics.refused[static_cast<std::size_t>(reason)]; }

    const FileDescriptor socket_;
    const ConnectionId id_;
    const std::string remoteAddress_;
    Front& front_;
    const Limits& limits_;

    State state_ = State::Reading;
    bool readable_ = false;    // the kernel may hold bytes for us
    bool peerClosed_ = false;  // and after them, the end
    std::string input_;
    std::size_t used_ = 0;  // bytes at the front of input_ that are read
    std::size_t kept_ = 0;  // of front_.receiving
    RequestReader reader_;

    // The request at hand.
    bool begun_ = true;  // its header's deadline runs; at first from accept on
    bool keepAlive_ = false;
    bool withBody_ = true;
    Instant bodyStart_{};
    std::size_t bodyBytes_ = 0;
    std::string requestId_;
    Gate::Decision decision_;
    std::weak_ptr<Exchange> exchange_;

    // Its answer.
    std::string output_;
    std::size_t sent_ = 0;
    Instant writeStart_{};
};

}  // namespace stepd::http
