// What a program may write on its standard output: a stream cut into frames, each read as a hello and as a word of a
// call. However the stream arrives, its frames must be the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "worker/exec_frames.h"
#include "worker/exec_messages.h"

namespace {

using namespace stepd::worker;

std::vector<std::string> framesOf(std::string_view stream, std::size_t piece) {
    ExecFrames frames;
    std::vector<std::string> texts;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
        frames.feed(stream.substr(0, piece));
        while (const auto text = frames.next()) texts.emplace_back(*text);
    }
    return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream(reinterpret_cast<const char*>(data), size);
    const auto whole = framesOf(stream, size + 1);
    for (const std::size_t piece : {1, 3, 64})
        if (framesOf(stream, piece) != whole) std::abort();
    for (const auto& text : whole) {
        // A sentence either way, or a message.
        if (const auto hello = readHello(text); !hello && hello.error().empty()) std::abort();
        if (const auto word = readWord(text); !word && word.error().empty()) std::abort();
    }
    return 0;
}
