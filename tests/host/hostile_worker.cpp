// In place of stepd-worker: speaks our frames, and then does what $HOSTILE says. What no plugin can do by itself
// without taking its worker over, this does from the start.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "host/channel.h"
#include "host/worker_layout.h"

namespace {

using namespace stepd;
using namespace stepd::host;

std::uint64_t sequence = 0;
std::uint64_t call = 0;  ///< token of the call that it has

std::string frame(FrameType type, std::uint64_t token, const std::string& body, FrameHeader header = {}) {
    if (header.sequence == 0) header.sequence = ++sequence;
    if (header.bodyBytes == 0) header.bodyBytes = body.size();
    if (header.length == 0) header.length = static_cast<std::uint32_t>(sizeof header + body.size());
    header.type = static_cast<std::uint16_t>(type);
    header.token = token;
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

void send(const std::string& packet, const std::vector<int>& descriptors = {}) {
    iovec part{const_cast<char*>(packet.data()), packet.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(64 * sizeof(int))> control{};
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
    }
    if (::sendmsg(kWorkerChannelFd, &message, MSG_NOSIGNAL) < 0) ::_exit(0);
}

template <typename Message>
void say(FrameType type, const Message& message, std::uint64_t token = call) {
    send(frame(type, token, encode(message)));
}

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

/// As bodies go that are too large for a packet, if seals and size are right.
void sendInMemfd(FrameType type, const std::string& body, int seals = kSeals, std::uint64_t stated = 0) {
    const int memfd = ::memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (::write(memfd, body.data(), body.size()) < 0 || ::fcntl(memfd, F_ADD_SEALS, seals) != 0) ::_exit(9);
    send(frame(type, call, "", {.flags = kBodyInMemfd, .bodyBytes = stated == 0 ? body.size() : stated}), {memfd});
}

PluginDescription description() {
    PluginDescription plugin;
    plugin.name = plugin.version = "hostile";
    plugin.abiMajor = 1;
    plugin.steps.push_back({.type = "step", .summary = {}, .threading = 1});
    return plugin;
}

void greet(const PluginDescription& plugin, std::uint64_t token = 0) {
    say(FrameType::Hello, plugin, token);
}

ResultMessage result(const std::string& output) {
    ResultMessage message;
    message.output = output;
    return message;
}

/// Over all that it shares with the host.
void scribble(unsigned char first, unsigned char step) {
    struct stat status {};
    ::fstat(kWorkerBoardFd, &status);
    auto* board = static_cast<unsigned char*>(
        ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_WRITE, MAP_SHARED, kWorkerBoardFd, 0));
    for (off_t at = 0; at < status.st_size; ++at)
        board[at] = static_cast<unsigned char>(first + static_cast<unsigned>(at) * step);
    ::raise(SIGKILL);
}

using Deeds = std::map<std::string, std::function<void()>>;

/// In place of the greeting.
const Deeds& greetings() {
    static const Deeds deeds{
        {"speaks_before_its_greeting",
         [] {
             say(FrameType::Log, LogMessage{1, "early"}, 1);
         }},
        {"greets_for_a_call", [] { greet(description(), 7); }},
        {"greets_with_rubbish", [] { send(frame(FrameType::Hello, 0, std::string(4096, '\xA5'))); }},
        {"greets_and_more", [] { send(frame(FrameType::Hello, 0, encode(description()) + "x")); }},
        {"greets_with_half_a_header", [] { send("half"); }},
        {"greets_with_nothing", [] { send(""), ::pause(); }},
        {"greets_out_of_sequence", [] { send(frame(FrameType::Hello, 0, encode(description()), {.sequence = 2})); }},
        {"greets_with_a_path_for_a_name",
         [] {
             auto plugin = description();
             plugin.steps[0].type = "../\x1b[2J";
             greet(plugin);
         }},
        {"greets_with_65_steps",
         [] {
             auto plugin = description();
             plugin.steps.resize(65, plugin.steps[0]);
             greet(plugin);
         }},
        {"greets_with_a_million_steps",
         [] {
             auto plugin = description();
             plugin.steps.assign(1'000'000, {});
             sendInMemfd(FrameType::Hello, encode(plugin));
         }},
        {"greets_with_an_unknown_thread_mode",
         [] {
             auto plugin = description();
             plugin.steps[0].threading = -3;
             greet(plugin);
         }},
        {"greets_with_a_version_of_many_lines",
         [] {
             auto plugin = description();
             plugin.version = "1\"\n    sha256: \"x";
             greet(plugin);
         }},
        {"greets_with_a_summary_that_paints",
         [] {
             auto plugin = description();
             plugin.steps[0].summary = "\x1b[2J";
             greet(plugin);
         }},
        {"refuses_with_rubbish", [] { send(frame(FrameType::LoadFailed, 0, "rubbish")); }},
        {"refuses_with_an_escape", [] { say(FrameType::LoadFailed, LoadFailedMessage{"bad\n\x1b[2J"}, 0); }},
    };
    return deeds;
}

void answerAs(std::int32_t outcome) {
    auto message = result("1");
    message.outcome = outcome;
    say(FrameType::Result, message);
}

void sendWith(FrameHeader header) {
    send(frame(FrameType::Result, call, encode(result("1")), header));
}

/// In place of an answer.
const Deeds& answers() {
    static const Deeds deeds{
        {"answers_another_call", [] { say(FrameType::Result, result("1"), call + 1); }},
        {"answers_no_call", [] { say(FrameType::Result, result("1"), 0); }},
        {"answers_twice",
         [] {
             std::string both = frame(FrameType::Result, call, encode(result("1")));
             both += frame(FrameType::Result, call, encode(result("2")));
             send(both);
         }},
        {"answers_with_a_class_of_the_host", [] { answerAs(40); }},
        {"answers_with_no_class", [] { answerAs(-1); }},
        {"answers_too_much", [] { sendInMemfd(FrameType::Result, encode(result(std::string(17U << 20, 'x')))); }},
        {"answers_no_utf8",
         [] {
             auto message = result("1");
             message.code = "\xC3\x28";
             say(FrameType::Result, message);
         }},
        {"answers_a_text_of_4_gib",
         [] { send(frame(FrameType::Result, call, std::string("\0\0\0\0\xff\xff\xff\xff", 8))); }},
        {"greets_again", [] { greet(description()); }},
        {"calls_the_host", [] { send(frame(FrameType::Call, call, "")); }},
        {"sends_an_unknown_type", [] { send(frame(static_cast<FrameType>(9999), call, "")); }},
        {"skips_a_number", [] { sendWith({.sequence = sequence + 2}); }},
        {"repeats_a_number", [] { sendWith({.sequence = sequence}); }},
        {"sends_unknown_flags", [] { sendWith({.flags = 0x80}); }},
        {"lies_about_the_length", [] { sendWith({.length = 0x7fffffff}); }},
        {"lies_about_the_body", [] { sendWith({.bodyBytes = 1}); }},
        {"announces_a_tebibyte", [] { sendWith({.flags = kBodyInMemfd, .bodyBytes = 1ULL << 40}); }},
        {"announces_a_memfd_and_sends_none",
         [] { send(frame(FrameType::Result, call, "", {.flags = kBodyInMemfd, .bodyBytes = 8})); }},
        {"sends_an_unsealed_memfd", [] { sendInMemfd(FrameType::Result, encode(result("1")), 0); }},
        {"sends_a_memfd_that_may_shrink", [] { sendInMemfd(FrameType::Result, encode(result("1")), F_SEAL_WRITE); }},
        {"sends_a_memfd_of_another_size",
         [] { sendInMemfd(FrameType::Result, encode(result("1")), kSeals, 1U << 20); }},
        {"sends_a_folder_for_a_memfd",
         [] {
             send(frame(FrameType::Result, call, "", {.flags = kBodyInMemfd, .bodyBytes = 8}), {::open("/", O_RDONLY)});
         }},
        {"sends_a_descriptor_unasked", [] { send(frame(FrameType::Result, call, encode(result("1"))), {0}); }},
        {"sends_60_descriptors",
         [] { send(frame(FrameType::Result, call, encode(result("1"))), std::vector<int>(60, 0)); }},
        {"logs_at_level_99",
         [] {
             say(FrameType::Log, LogMessage{99, "x"});
         }},
        {"progresses_by_nan",
         [] {
             say(FrameType::Progress, ProgressMessage{std::nan(""), "x"});
         }},
        {"fetches_nothing", [] { say(FrameType::HttpRequest, HttpRequestMessage{}); }},
        {"fetches_10001_times",
         [] {
             HttpRequestMessage batch;
             batch.requests.resize(10'001);
             sendInMemfd(FrameType::HttpRequest, encode(batch));
         }},
        {"hangs_up",
         [] {
             for (int fd = kWorkerChannelFd; fd < 64; ++fd) ::close(fd);
             ::pause();
         }},
        {"hangs_up_its_half", [] { ::shutdown(kWorkerChannelFd, SHUT_WR), ::pause(); }},
        {"dies_with_last_words",
         [] { say(FrameType::LastWords, LastWordsMessage{"it was \x1b[2J\nthe daemon"}, 0), ::_exit(3); }},
        {"speaks_on_after_its_last_words",
         [] {
             for (int i = 0; i < 1000; ++i) say(FrameType::LastWords, LastWordsMessage{"again"}, 0);
             answerAs(0);
         }},
        {"scribbles_ones", [] { scribble(0xFF, 0); }},
        {"scribbles_noise", [] { scribble(0xA5, 0); }},
        {"scribbles_a_ramp", [] { scribble(0, 7); }},
    };
    return deeds;
}

void does(const Deeds& deeds, const std::string& deed, const std::function<void()>& otherwise) {
    const auto found = deeds.find(deed);
    found == deeds.end() ? otherwise() : found->second();
}

}  // namespace

int main() {
    const char* name = std::getenv("HOSTILE");
    const std::string deed = name == nullptr ? "" : name;
    // Frames are cut as ours are; the sequence numbers that come do not interest it.
    Channel channel{FileDescriptor(::dup(kWorkerChannelFd))};
    for (Frame frame; channel.receive(frame) == Received::Frame;) {
        if (frame.type == FrameType::Load) does(greetings(), deed, [] { greet(description()); });
        if (frame.type != FrameType::Call) continue;
        call = frame.token;
        const auto message = decode<CallMessage>(frame.body);
        if (message && message->kind == CallKind::Health)
            say(FrameType::Result, result(R"({"status":"healthy","message":"","details":null})"));
        else
            does(answers(), deed, [] { answerAs(0); });
    }
    ::_exit(0);
}
