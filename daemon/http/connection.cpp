#include "http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>

namespace stepd::http {
namespace {

constexpr unsigned kReceivesPerTurn = 16;        // a client that sends without end gives way to the others after 1 MiB
constexpr std::size_t kKeptCapacity = 4 * 1024;  // of a buffer, while nothing is in it

void emptyBuffer(std::string& buffer) {
    buffer.clear();
    if (buffer.capacity() > kKeptCapacity) std::string().swap(buffer);
}

Duration timeFor(std::size_t bytes, std::size_t perSecond) {
    return Duration(std::chrono::seconds(1)) * static_cast<std::int64_t>(bytes) / static_cast<std::int64_t>(perSecond);
}

}  // namespace

Connection::Connection(FileDescriptor socket, ConnectionId id, std::string remoteAddress, Front& front)
    : socket_(std::move(socket)),
      id_(id),
      remoteAddress_(std::move(remoteAddress)),
      front_(front),
      limits_(front.options.limits),
      reader_(limits_) {
    front_.deadlines.set(*this, front_.time.instant() + limits_.headerTime);
}

Connection::~Connection() {
    keep(0);
    tellGone();
}

void Connection::onEvent(const Poller::Event& event) {
    if (event.broken) return close();
    if (event.peerClosed) {
        peerClosed_ = true;
        tellGone();
    }
    if (event.readable || event.peerClosed) readable_ = true;
    if (event.writable && !output_.empty()) flush();
    proceed();
}

void Connection::proceed() {
    for (unsigned turn = 0; state_ == State::Reading; ++turn) {
        if (!rest().empty()) advance();
        if (state_ != State::Reading || !readable_) break;
        if (turn == kReceivesPerTurn) return front_.again.push_back(id_);
        receive();
    }
    if (state_ == State::Lingering) discard();
}

void Connection::receive() {
    const ssize_t got = ::recv(socket_.get(), front_.scratch.data(), front_.scratch.size(), 0);
    if (got < 0 && errno == EINTR) return;
    readable_ = false;
    if (got < 0 && errno == EAGAIN) return;
    // An end inside a request is its end too: nobody is there who waits for an answer.
    if (got <= 0) return close();
    const auto bytes = static_cast<std::size_t>(got);
    // Less than asked for means that the socket is empty (epoll(7)), unless its end is known to follow.
    readable_ = bytes == front_.scratch.size() || peerClosed_;
    front_.metrics.bytesIn += bytes;
    bodyBytes_ += bytes;
    if (used_ == input_.size() || used_ >= front_.scratch.size()) {
        input_.erase(0, used_);
        used_ = 0;
    }
    input_.append(front_.scratch.data(), bytes);
}

bool Connection::keep(std::size_t bytes) {
    front_.receiving += bytes - kept_;
    kept_ = bytes;
    return front_.receiving <= limits_.receiving;
}

void Connection::advance() {
    while (state_ == State::Reading) {
        used_ += reader_.read(rest());
        switch (reader_.state()) {
            case RequestReader::State::Head:
            case RequestReader::State::Body:
                if (!keep(rest().size() + reader_.request().body.size()))
                    return refuse({Refusal::NoRoom, "Too many requests are being received at once."});
                return awaitBytes();
            case RequestReader::State::HeadDone: admit(); break;
            case RequestReader::State::Done: return dispatch();
            case RequestReader::State::Refused: return refuse(reader_.refused());
        }
    }
}

void Connection::awaitBytes() {
    if (reader_.state() == RequestReader::State::Body) {
        const Duration earned = timeFor(bodyBytes_, limits_.bodyRate);
        front_.deadlines.set(*this, bodyStart_ + limits_.bodyGrace + earned);
    } else if (!begun_ && !rest().empty()) {
        begun_ = true;
        front_.deadlines.set(*this, front_.time.instant() + limits_.headerTime);
    }
}

void Connection::nameRequest(Request& request) {
    const auto given = request.header("X-Request-Id");
    if (given && isPlainId(*given))
        request.id = *given;
    else
        request.id = front_.ids.next(front_.time.now());
    request.remoteAddress = remoteAddress_;
    requestId_ = request.id;
    withBody_ = request.method != Method::Head;
    keepAlive_ = reader_.keepAlive();
}

void Connection::admit() {
    Request& request = reader_.request();
    nameRequest(request);
    decision_ = front_.gate.decide(request);
    if (decision_.answer) {
        settleUnread();
        return respond(*decision_.answer);
    }
    reader_.acceptBody(decision_.route->bodyLimit);
    bodyStart_ = front_.time.instant();
    bodyBytes_ = rest().size();
    if (reader_.state() == RequestReader::State::Body && reader_.expectsContinue() && rest().empty()) {
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        flush();
    }
}

/// The request is answered without its body. If the body is here already the connection can go on behind it; if not, it
/// ends: its bytes must never be taken for a request.
void Connection::settleUnread() {
    reader_.acceptBody(rest().size());
    used_ += reader_.read(rest());
    if (reader_.state() == RequestReader::State::Done)
        reader_.take();
    else
        keepAlive_ = false;
}

void Connection::dispatch() {
    keep(0);
    Request request = reader_.take();
    const Gate::Decision decision = std::move(decision_);
    decision_ = {};
    state_ = State::Handling;
    front_.deadlines.clear(*this);
    ++front_.metrics.requests;
    Responder responder([outbox = front_.outbox, id = id_](Response response) {
        outbox->post({id, std::move(response)});
    });
    exchange_ = responder.exchange();
    if (peerClosed_) tellGone();
    try {
        decision.route->handler(std::move(request), std::move(responder));
    } catch (const std::exception& error) {
        // The responder went with the handler's frame, which answers with 500.
        ++front_.metrics.failures;
        if (front_.options.onFailure) front_.options.onFailure(requestId_, error.what());
    }
}

void Connection::onAnswer(const Response& response) {
    if (state_ != State::Handling) return;
    exchange_.reset();
    respond(response);
    proceed();
}

void Connection::refuse(const Refused& refused) {
    count(refused.reason);
    keepAlive_ = false;
    Response answer = problem(statusOf(refused.reason), refused.detail);
    respond(refused.reason == Refusal::NoRoom ? std::move(answer).retryAfter(1s) : answer);
}

void Connection::respond(const Response& response) {
    if (front_.draining) keepAlive_ = false;
    ++front_.metrics.responses;
    appendResponse(
        output_, response,
        {.date = front_.time.date(), .requestId = requestId_, .keepAlive = keepAlive_, .withBody = withBody_});
    requestId_.clear();
    state_ = State::Writing;
    writeStart_ = front_.time.instant();
    flush();
}

void Connection::flush() {
    while (sent_ < output_.size()) {
        const ssize_t put = ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) return awaitClient();
        if (put < 0) return close();
        sent_ += static_cast<std::size_t>(put);
        front_.metrics.bytesOut += static_cast<std::uint64_t>(put);
    }
    emptyBuffer(output_);
    sent_ = 0;
    if (state_ == State::Writing) afterAnswer();
}

void Connection::awaitClient() {
    if (state_ != State::Writing) return;
    const Instant byStall = front_.time.instant() + limits_.writeStall;
    const Instant byRate = writeStart_ + limits_.writeStall + timeFor(sent_, limits_.writeRate);
    front_.deadlines.set(*this, std::min(byStall, byRate));
}

void Connection::afterAnswer() {
    if (!keepAlive_) return linger();
    state_ = State::Reading;
    begun_ = false;
    withBody_ = true;
    if (used_ == input_.size()) {
        emptyBuffer(input_);
        used_ = 0;
    }
    front_.deadlines.set(*this, front_.time.instant() + limits_.idleTime);
}

/// Says that nothing more will come and throws away what the client still sends: closing with bytes unread would reset
/// the connection, and the client would lose the answer it has not read yet (RFC 9112 section 9.6).
void Connection::linger() {
    ::shutdown(socket_.get(), SHUT_WR);
    state_ = State::Lingering;
    emptyBuffer(input_);
    used_ = 0;
    keep(0);
    reader_.drop();
    front_.deadlines.set(*this, front_.time.instant() + limits_.lingerTime);
}

void Connection::discard() {
    for (unsigned turn = 0; readable_; ++turn) {
        if (turn == kReceivesPerTurn) return front_.again.push_back(id_);
        const ssize_t got = ::recv(socket_.get(), front_.scratch.data(), front_.scratch.size(), 0);
        if (got > 0 || (got < 0 && errno == EINTR)) continue;
        readable_ = false;
        if (got == 0 || errno != EAGAIN) close();
    }
}

void Connection::onDeadline() {
    switch (state_) {
        case State::Reading:
            if (reader_.state() == RequestReader::State::Body)
                return refuse({Refusal::SlowBody, "The body did not arrive in time."});
            // To a client that never began a request a 408 would look like the answer to its next one.
            if (rest().empty()) return close();
            return refuse({Refusal::SlowHeader, "The header did not arrive in time."});
        case State::Writing: count(Refusal::SlowReader); return close();
        case State::Lingering: return close();
        case State::Handling:
        case State::Closed: return;
    }
}

void Connection::drain() {
    if (!idle()) return;
    // A request may be here already: look once more before leaving.
    readable_ = true;
    proceed();
    if (idle()) close();
}

bool Connection::idle() const {
    return state_ == State::Reading && reader_.state() == RequestReader::State::Head && rest().empty();
}

void Connection::close() {
    if (state_ == State::Closed) return;
    state_ = State::Closed;
    keep(0);
    front_.deadlines.clear(*this);
    tellGone();
    front_.finished.push_back(id_);
}

void Connection::tellGone() {
    if (const auto exchange = exchange_.lock()) exchange->markClientGone();
}

}  // namespace stepd::http
