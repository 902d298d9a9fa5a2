#include "host/channel.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

using namespace stepd;
using namespace stepd::host;

/// Frames over a real socketpair; what is no frame is refused.
class ChannelTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ChannelTest);
    CPPUNIT_TEST(testFramesArriveInOrderOfEverySize);
    CPPUNIT_TEST(testFramesOfOneFlushShareAPacket);
    CPPUNIT_TEST(testAWrongFrameInAPacketIsAViolation);
    CPPUNIT_TEST(testEndIsSeen);
    CPPUNIT_TEST(testPacketsThatNoPeerSendsAreViolations);
    CPPUNIT_TEST(testBodyMustBeInASealedMemfdOfItsSize);
    CPPUNIT_TEST(testFullSocketKeepsTheFrame);
    CPPUNIT_TEST(testMessagesSurviveTheWireAndNothingElseDecodes);
    CPPUNIT_TEST_SUITE_END();

    void testFramesArriveInOrderOfEverySize() {
        auto [a, b] = makeSocketPair();
        Channel left(std::move(a)), right(std::move(b));
        Frame frame;
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, kInlineBytes, kInlineBytes + 1, std::size_t{3} << 20}) {
            const std::string body(size, 'z');
            CPPUNIT_ASSERT(left.put({FrameType::Result, size + 7, body}));
            CPPUNIT_ASSERT(Sent::All == left.flush());
            CPPUNIT_ASSERT(Received::Frame == right.receive(frame));
            CPPUNIT_ASSERT(frame.type == FrameType::Result && frame.token == size + 7);
            CPPUNIT_ASSERT(frame.body == body);
        }
    }

    void testFramesOfOneFlushShareAPacket() {
        auto [a, b] = makeSocketPair();
        Channel left(std::move(a)), right(std::move(b));
        const std::string large(kInlineBytes + 1, 'l'), middling(kInlineBytes - 10, 'm');
        left.put({FrameType::Call, 1, "one"});
        left.put({FrameType::Call, 2, "two"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, left.unsentPackets());
        left.put({FrameType::Call, 3, middling});  // does not fit behind the two
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, left.unsentPackets());
        left.put({FrameType::Call, 4, large});  // is alone with its memfd
        left.put({FrameType::Call, 5, ""});
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, left.unsentPackets());
        CPPUNIT_ASSERT(Sent::All == left.flush());
        Frame frame;
        const std::string_view bodies[] = {"one", "two", middling, large, ""};
        for (std::uint64_t token = 1; token <= 5; ++token) {
            CPPUNIT_ASSERT(Received::Frame == right.receive(frame));
            CPPUNIT_ASSERT_EQUAL(token, frame.token);
            CPPUNIT_ASSERT(bodies[token - 1] == frame.body);
            CPPUNIT_ASSERT_EQUAL(token == 1, right.hasReceived());
        }
    }

    void testAWrongFrameInAPacketIsAViolation() {
        constexpr std::uint32_t kHead = sizeof(FrameHeader);
        const FrameHeader first{.length = kHead + 3, .type = 66, .flags = 0, .sequence = 1, .token = 5, .bodyBytes = 3};
        const auto second = [&](auto change) {
            FrameHeader header = first;
            header.sequence = 2;
            change(header);
            auto [a, b] = makeSocketPair();
            const std::string both = packet(first, "abc") + packet(header, "abc");
            CPPUNIT_ASSERT(::send(a.get(), both.data(), both.size(), 0) > 0);
            Channel channel(std::move(b));
            Frame frame;
            CPPUNIT_ASSERT(Received::Frame == channel.receive(frame));
            return channel.receive(frame) == Received::Violation ? channel.violation() : "frame";
        };
        CPPUNIT_ASSERT_EQUAL(std::string("frame"), second([](auto&) {}));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame is out of sequence"), second([](auto& h) { h.sequence = 1; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame has not the length it states"), second([](auto& h) { ++h.length; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame with a memfd is not alone"), second([](auto& h) {
                                 h.flags = kBodyInMemfd;
                                 h.length = kHead;
                             }));
    }

    void testEndIsSeen() {
        auto [a, b] = makeSocketPair();
        Channel left(std::move(a));
        b.reset();
        Frame frame;
        CPPUNIT_ASSERT(Received::Closed == left.receive(frame));
        left.put({FrameType::Log, 7, "x"});
        left.put({FrameType::Call, 8, "y"});
        left.put({FrameType::Call, 9, "z"});
        CPPUNIT_ASSERT(Sent::Closed == left.flush());
        CPPUNIT_ASSERT((std::vector<std::uint64_t>{8, 9}) == left.dropUnsent(FrameType::Call));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, left.unsentBytes());
    }

    /// What the channel says of one raw packet.
    static std::string verdict(const std::string& packet, int memfd = -1, std::uint64_t most = 1U << 20) {
        auto [a, b] = makeSocketPair();
        iovec part{const_cast<char*>(packet.data()), packet.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        if (memfd >= 0) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int));
            std::memcpy(CMSG_DATA(header), &memfd, sizeof memfd);
        }
        CPPUNIT_ASSERT(::sendmsg(a.get(), &message, 0) >= 0);
        Channel channel(std::move(b), most);
        Frame frame;
        const auto received = channel.receive(frame);
        return received == Received::Frame ? "frame" : received == Received::Violation ? channel.violation() : "closed";
    }

    static std::string packet(FrameHeader header, const std::string& body) {
        std::string out(sizeof header, '\0');
        std::memcpy(out.data(), &header, sizeof header);
        return out + body;
    }

    void testPacketsThatNoPeerSendsAreViolations() {
        constexpr std::uint32_t kHead = sizeof(FrameHeader);
        const FrameHeader good{.length = kHead + 3, .type = 66, .flags = 0, .sequence = 1, .token = 5, .bodyBytes = 3};
        CPPUNIT_ASSERT_EQUAL(std::string("frame"), verdict(packet(good, "abc")));
        const auto with = [&](auto change) {
            FrameHeader header = good;
            change(header);
            return verdict(packet(header, "abc"));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("a packet is shorter than its header"), verdict("abc"));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame has not the length it states"), with([](auto& h) { h.length = 9; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame is out of sequence"), with([](auto& h) { h.sequence = 2; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame is too large"), with([](auto& h) { h.bodyBytes = 1U << 30; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a body has not the length it states"),
                             with([](auto& h) { h.bodyBytes = 2; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame has unknown flags"), with([](auto& h) { h.flags = 2; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a frame has two bodies"), with([](auto& h) { h.flags = kBodyInMemfd; }));
        CPPUNIT_ASSERT_EQUAL(std::string("a packet is too long"), verdict(std::string(kInlineBytes + 100, 'x')));
        CPPUNIT_ASSERT_EQUAL(std::string("a packet has a wrong number of descriptors"),
                             verdict(packet(good, "abc"), 0));
    }

    void testBodyMustBeInASealedMemfdOfItsSize() {
        constexpr std::uint32_t kHead = sizeof(FrameHeader);
        const FrameHeader header{
            .length = kHead, .type = 66, .flags = kBodyInMemfd, .sequence = 1, .token = 5, .bodyBytes = 4};
        CPPUNIT_ASSERT_EQUAL(std::string("a packet has a wrong number of descriptors"), verdict(packet(header, "")));
        const FileDescriptor memfd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        CPPUNIT_ASSERT_EQUAL(ssize_t{3}, ::write(memfd.get(), "abc", 3));
        CPPUNIT_ASSERT_EQUAL(std::string("a body is not in a sealed memfd"), verdict(packet(header, ""), memfd.get()));
        ::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
        CPPUNIT_ASSERT_EQUAL(std::string("a memfd has not the size it states"),
                             verdict(packet(header, ""), memfd.get()));
    }

    void testFullSocketKeepsTheFrame() {
        auto [a, b] = makeSocketPair();
        ::fcntl(a.get(), F_SETFL, O_NONBLOCK);
        Channel left(std::move(a)), right(std::move(b));
        const std::string body(60'000, 'q');
        const Frame frame{FrameType::Log, 1, body};
        int sent = 0;
        while (left.put(frame), left.flush() == Sent::All) ++sent;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, left.unsentPackets());
        Frame got;
        for (int i = 0; i < sent; ++i) CPPUNIT_ASSERT(Received::Frame == right.receive(got));
        left.put({FrameType::Log, 2, "after"});
        CPPUNIT_ASSERT(Sent::All == left.flush());
        CPPUNIT_ASSERT(Received::Frame == right.receive(got));
        CPPUNIT_ASSERT(got.token == 1 && got.body == body);
        CPPUNIT_ASSERT(Received::Frame == right.receive(got));
        CPPUNIT_ASSERT(got.token == 2 && got.body == "after");
    }

    void testMessagesSurviveTheWireAndNothingElseDecodes() {
        HttpRequestMessage message;
        message.batch = 3;
        FetchRequest request;
        request.url = "https://x/";
        request.headers = {{"a", "\xFF"}};
        request.timeout = 1500ms;
        message.requests = {request, request};
        const std::string body = encode(message);
        const auto back = decode<HttpRequestMessage>(body);
        CPPUNIT_ASSERT(back && back->requests.size() == 2 && back->requests[1].timeout == 1500ms);
        CPPUNIT_ASSERT_EQUAL(std::string("\xFF"), back->requests[1].headers[0].second);
        for (std::size_t cut = 0; cut < body.size(); ++cut)
            CPPUNIT_ASSERT(!decode<HttpRequestMessage>(std::string_view(body).substr(0, cut)));
        CPPUNIT_ASSERT(!decode<HttpRequestMessage>(body + "x"));
        CPPUNIT_ASSERT(!decode<LogMessage>(encode(LogMessage{1, "\xC3\x28"})));  // text must be UTF-8
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ChannelTest);
