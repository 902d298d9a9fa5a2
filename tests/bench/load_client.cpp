#include "load_client.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/system_clock.h"
#include "http_talk.h"
#include "process_figures.h"

namespace stepd::bench {
namespace {

constexpr Duration kLook = 2ms;      // between two looks at the room
constexpr Duration kPatience = 90s;  // for the last answers

timespec toTimespec(Duration time) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    return {.tv_sec = whole.count(), .tv_nsec = std::chrono::nanoseconds(time - whole).count()};
}

struct Connection {
    FileDescriptor socket;
    ResponseReader reader;
    std::uint64_t serial = 0;
    Instant beganAt{};
    bool waits = false;
};

class Driver {
public:
    Driver(const Load& load, std::uint64_t firstSerial)
        : load_(load),
          nextSerial_(firstSerial),
          connections_(load.connections),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          interval_(load.rate > 0 ? Duration(static_cast<Duration::rep>(1e9 / load.rate)) : Duration(0)) {
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            connections_[i].socket = connectTo(load.port);
            if (!connections_[i].socket.valid()) throwErrno(errno, "connecting to the daemon");
            epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
            if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_[i].socket.get(), &event) != 0)
                throwErrno(errno, "epoll_ctl");
        }
    }

    LoadResult run() {
        beginsAt_ = clock_.instant() + (load_.requests > 0 ? Duration(0) : load_.warmUp);
        if (load_.requests > 0) beginWindow(clock_.instant());
        lookForRoom(clock_.instant());
        nextDue_ = clock_.instant();
        for (auto& connection : connections_) sendNext(connection);
        while (inFlight_ > 0 || !atEnd()) turn();
        if (phase_ != Phase::After) endWindow(clock_.instant());
        return std::move(result_);
    }

private:
    enum class Phase { Before, Window, After };

    void turn() {
        epoll_event events[256];
        const timespec wait = toTimespec(longestWait());
        const int count = ::epoll_pwait2(epoll_.get(), events, 256, &wait, nullptr);
        const Instant now = clock_.instant();
        lookForRoom(now);
        if (phase_ == Phase::Before && now >= beginsAt_) beginWindow(now);
        if (phase_ == Phase::Window && load_.requests == 0 && now >= endsAt_) endWindow(now);
        for (int i = 0; i < count; ++i) take(connections_[events[i].data.u64], now);
        sendDue(now);
        if (phase_ == Phase::After && now > endsAt_ + kPatience)
            throw Error(ErrorCode::Unavailable, std::to_string(inFlight_) + " requests were never answered");
    }

    bool atEnd() const { return phase_ == Phase::After || (load_.requests > 0 && result_.sent >= load_.requests); }

    /// Until something is to be done that no answer causes.
    Duration longestWait() const {
        if (idle_.empty()) return 100ms;
        return load_.rate > 0 ? std::clamp<Duration>(nextDue_ - clock_.instant(), 0ms, 100ms) : kLook;
    }

    void sendDue(Instant now) {
        if (load_.rate <= 0) return;
        for (; nextDue_ <= now && !idle_.empty() && !atEnd(); nextDue_ += interval_) send(takeIdle(), nextDue_);
    }

    /// The one that has been idle longest: the daemon closes those that stay so.
    Connection& takeIdle() {
        Connection& connection = *idle_.front();
        idle_.pop_front();
        return connection;
    }

    void lookForRoom(Instant now) {
        if (!load_.room || now < nextLook_) return;
        nextLook_ = now + kLook;
        const std::size_t room = load_.room();
        allowed_ = room > inFlight_ ? room - inFlight_ : 0;
        while (allowed_ > 0 && !idle_.empty()) sendNext(takeIdle());
    }

    void take(Connection& connection, Instant now) {
        switch (connection.reader.readFrom(connection.socket.get())) {
            case ResponseReader::State::More: return;
            case ResponseReader::State::Closed: return broken(connection);
            case ResponseReader::State::Complete: break;
        }
        const Response& response = connection.reader.response();
        --inFlight_;
        connection.waits = false;
        if (load_.accept(connection.serial, response.status, response.body))
            ++result_.accepted;
        else
            wrong(std::to_string(response.status) + " " + std::string(response.body));
        if (phase_ == Phase::Window) {
            ++result_.inWindow;
            result_.latencies.add(now - connection.beganAt);
            load_.answered(connection.beganAt, now - connection.beganAt);
        }
        sendNext(connection);
    }

    void sendNext(Connection& connection) {
        if (atEnd()) return;
        if (load_.room) {
            if (allowed_ == 0) return void(idle_.push_back(&connection));
            --allowed_;
        }
        if (load_.rate > 0) return void(idle_.push_back(&connection));
        send(connection, std::nullopt);
    }

    void send(Connection& connection, std::optional<Instant> due) {
        connection.serial = nextSerial_++;
        body_.clear();
        load_.write(body_, connection.serial);
        const std::string text = requestText("POST", load_.path, load_.headers, body_);
        connection.beganAt = due ? *due : clock_.instant();
        if (::send(connection.socket.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(text.size()))
            return broken(connection);
        ++result_.sent;
        ++inFlight_;
        connection.waits = true;
    }

    void broken(Connection& connection) {
        wrong("the connection broke");
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
        connection.socket.reset();
        if (connection.waits) --inFlight_;
        connection.waits = false;
    }

    void wrong(const std::string& what) {
        if (result_.wrong++ == 0) result_.firstWrong = what;
    }

    void beginWindow(Instant now) {
        phase_ = Phase::Window;
        windowAt_ = now;
        endsAt_ = now + load_.window;
        cpu_ = ownCpuSeconds();
        load_.windowBegins();
    }

    void endWindow(Instant now) {
        phase_ = Phase::After;
        endsAt_ = now;
        result_.seconds = std::chrono::duration<double>(now - windowAt_).count();
        result_.clientCpuSeconds = ownCpuSeconds() - cpu_;
        load_.windowEnds();
    }

    const SystemClock clock_;
    const Load& load_;
    LoadResult result_;
    std::uint64_t nextSerial_;
    std::vector<Connection> connections_;
    const FileDescriptor epoll_;
    std::string body_;
    std::size_t inFlight_ = 0;
    std::deque<Connection*> idle_;  // for want of room, or until the next request is due
    std::size_t allowed_ = 0;       // requests until the next look
    Instant nextLook_{};
    const Duration interval_;
    Instant nextDue_{};
    Phase phase_ = Phase::Before;
    Instant beginsAt_{};
    Instant windowAt_{};
    Instant endsAt_{};
    double cpu_ = 0;
};

}  // namespace

LoadResult drive(const Load& load, std::uint64_t firstSerial) {
    return Driver(load, firstSerial).run();
}

}  // namespace stepd::bench
