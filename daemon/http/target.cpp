#include "http/target.h"

#include "base/text.h"
#include "http/grammar.h"

namespace stepd::http {
namespace {

enum class Plus { Literal, Space };

bool decode(std::string_view raw, Plus plus, std::string& out) {
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '+' && plus == Plus::Space) {
            out += ' ';
        } else if (raw[i] != '%') {
            out += raw[i];
        } else {
            if (i + 2 >= raw.size() || hexDigit(raw[i + 1]) < 0 || hexDigit(raw[i + 2]) < 0) return false;
            out += static_cast<char>(hexDigit(raw[i + 1]) * 16 + hexDigit(raw[i + 2]));
            i += 2;
        }
    }
    return isUtf8(out);
}

bool isPlainSegment(std::string_view segment) {
    if (segment == "." || segment == "..") return false;
    for (const char c : segment)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/') return false;
    return true;
}

}  // namespace

bool splitPath(std::string_view path, std::vector<std::string>& out) {
    if (!path.starts_with('/')) return false;
    for (std::size_t from = 1; from <= path.size();) {
        const std::size_t to = std::min(path.find('/', from), path.size());
        std::string& segment = out.emplace_back();
        if (!decode(path.substr(from, to - from), Plus::Literal, segment) || !isPlainSegment(segment)) return false;
        from = to + 1;
    }
    return true;
}

bool splitQuery(std::string_view query, Request::Pairs& out) {
    for (std::size_t from = 0; from < query.size();) {
        const std::size_t to = std::min(query.find('&', from), query.size());
        const std::string_view pair = query.substr(from, to - from);
        from = to + 1;
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto& [key, value] = out.emplace_back();
        if (!decode(pair.substr(0, equals), Plus::Space, key)) return false;
        if (equals < pair.size() && !decode(pair.substr(equals + 1), Plus::Space, value)) return false;
        if (key.find('\0') != std::string::npos || value.find('\0') != std::string::npos) return false;
    }
    return true;
}

}  // namespace stepd::http
