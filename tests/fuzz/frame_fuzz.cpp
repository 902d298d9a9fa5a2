// What a worker may send: a packet, and in it the body of a message. Nothing must crash, and a body that decodes must
// be the only way to write its message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "host/channel.h"

namespace {

using namespace stepd::host;

template <typename Message>
void roundTrip(std::string_view body) {
    if (const auto message = decode<Message>(body); message && encode(*message) != body) std::abort();
}

void decodeBody(FrameType type, std::string_view body) {
    switch (type) {
        case FrameType::Load: return roundTrip<LoadMessage>(body);
        case FrameType::Call: return roundTrip<CallMessage>(body);
        case FrameType::Cancel: return roundTrip<CancelMessage>(body);
        case FrameType::Measure: return roundTrip<MeasureMessage>(body);
        case FrameType::Measured: return roundTrip<Usage>(body);
        case FrameType::HttpReply: return roundTrip<HttpReplyMessage>(body);
        case FrameType::SecretReply: return roundTrip<SecretReplyMessage>(body);
        case FrameType::Confined: return roundTrip<SandboxReport>(body);
        case FrameType::Hello: return roundTrip<PluginDescription>(body);
        case FrameType::LoadFailed: return roundTrip<LoadFailedMessage>(body);
        case FrameType::Result: return roundTrip<ResultMessage>(body);
        case FrameType::Log: return roundTrip<LogMessage>(body);
        case FrameType::Progress: return roundTrip<ProgressMessage>(body);
        case FrameType::HttpRequest: return roundTrip<HttpRequestMessage>(body);
        case FrameType::LastWords: return roundTrip<LastWordsMessage>(body);
        case FrameType::SecretRequest: return roundTrip<SecretRequestMessage>(body);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    std::string_view rest = packet;
    for (std::uint64_t sequence = 1; !rest.empty(); ++sequence) {
        const auto decoded = decodeFrame(rest, sequence, kMaxFrameBytes);
        if (!decoded.violation.empty()) break;
        decodeBody(static_cast<FrameType>(decoded.header.type), decoded.inlineBody);
        rest = decoded.rest;
    }
    return 0;
}
