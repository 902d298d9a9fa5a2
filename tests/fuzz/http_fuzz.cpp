// Fuzz entry for the request reader. The first byte chooses the size of the pieces; the rest is what a client sends.
// Whatever the pieces, the reader must find the same requests in the same bytes, within their limits, and nothing
// behind a refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_reader.h"

namespace {

using namespace stepd::http;

constexpr std::size_t kBodyLimit = 4096;

struct Transcript {
    std::vector<std::string> requests;
    bool refused = false;
    friend bool operator==(const Transcript&, const Transcript&) = default;
};

void require(bool condition) {
    if (!condition) std::abort();
}

std::string describe(const Request& request) {
    std::string out = std::string(toString(request.method)) + ' ' + request.target;
    for (const std::string& segment : request.segments) out += "\n/" + segment;
    for (const auto& [key, value] : request.query) out += "\n?" + key + '=' + value;
    for (std::size_t i = 0; i < request.headers.size(); ++i)
        out.append("\n").append(request.headers.at(i).name).append(": ").append(request.headers.at(i).value);
    return out + "\n\n" + request.body;
}

void checkInvariants(const Request& request, const Limits& limits) {
    require(request.body.size() <= kBodyLimit);
    require(request.headers.size() <= limits.fields);
    require(request.target.size() <= limits.requestLine);
    require(request.headers.count("Host") == 1);
    require(request.headers.count("Content-Length") + request.headers.count("Transfer-Encoding") <= 1);
    for (const std::string& segment : request.segments)
        require(segment != "." && segment != ".." &&
                segment.find_first_of(std::string_view("/\0\r\n", 4)) == std::string::npos);
}

Transcript transcribe(std::string_view bytes, std::size_t piece) {
    const Limits limits{.requestLine = 512, .header = 2048, .fields = 20};
    RequestReader reader(limits);
    Transcript out;
    std::string buffer;
    while (!bytes.empty()) {
        buffer += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (bool more = true; more;) {
            const std::size_t used = reader.read(buffer);
            require(used <= buffer.size());
            buffer.erase(0, used);
            more = false;
            if (reader.state() == RequestReader::State::HeadDone) {
                reader.acceptBody(kBodyLimit);
                more = true;
            } else if (reader.state() == RequestReader::State::Done) {
                const Request request = reader.take();
                checkInvariants(request, limits);
                out.requests.push_back(describe(request));
                more = !buffer.empty();
            } else if (reader.state() == RequestReader::State::Refused) {
                require(reader.read(buffer) == 0);
                out.refused = true;
                return out;
            }
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    require(transcribe(bytes, bytes.size() + 1) == transcribe(bytes, 1 + data[0] % 32));
    return 0;
}
