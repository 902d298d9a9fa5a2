#include "website_analyzer/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

namespace stepd::website {

namespace {

constexpr int kGzipWindow = 16 + MAX_WBITS;
constexpr std::size_t kBlock = 64U << 10;

}  // namespace

bool isGzip(std::string_view bytes) {
    return bytes.starts_with("\x1F\x8B");
}

Gunzipped gunzip(std::string_view bytes, std::size_t maxBytes) {
    z_stream stream{};
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, &inflateEnd);

    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    Gunzipped result;
    for (;;) {
        const std::size_t size = result.bytes.size();
        const std::size_t room = std::min(kBlock, maxBytes - size);
        if (room == 0) {
            result.truncated = true;
            return result;
        }
        result.bytes.resize(size + room);
        stream.next_out = reinterpret_cast<Bytef*>(result.bytes.data() + size);
        stream.avail_out = static_cast<uInt>(room);
        const int status = inflate(&stream, Z_NO_FLUSH);
        result.bytes.resize(size + room - stream.avail_out);

        if (status == Z_STREAM_END) {
            const bool another = stream.avail_in > 2 && stream.next_in[0] == 0x1F && stream.next_in[1] == 0x8B;
            if (!another) return result;
            inflateReset(&stream);
        } else if (status != Z_OK) {
            result.truncated = true;
            return result;
        }
    }
}

}  // namespace stepd::website
