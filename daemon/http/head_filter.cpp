#include "http/head_filter.h"

#include "http/grammar.h"
#include "http/headers.h"

namespace stepd::http {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

HeadFilter::State HeadFilter::scan(std::string_view input) {
    for (; at_ < input.size() && state_ == State::More; ++at_) {
        const char c = input[at_];
        const bool afterCr = at_ > lineStart_ && input[at_ - 1] == '\r';
        if (c == '\n') {
            if (!afterCr)
                refuse(Refusal::Grammar, "A line feed stands without a carriage return.");
            else if (endLine(input.substr(lineStart_, at_ - 1 - lineStart_)))
                lineStart_ = at_ + 1;
        } else if (afterCr) {
            refuse(Refusal::Grammar, "A carriage return stands without a line feed.");
        } else if (c != '\r' && !kValueBytes.has(c)) {
            refuse(Refusal::Grammar, "The header holds a control character.");
        } else {
            withinLimits();
        }
    }
    return state_;
}

bool HeadFilter::withinLimits() {
    if (lines_ == 0 && at_ >= limits_.requestLine) return refuse(Refusal::LineTooLong, "The request line is too long.");
    if (at_ >= limits_.header) return refuse(Refusal::HeaderTooLarge, "The header is too large.");
    return true;
}

bool HeadFilter::endLine(std::string_view line) {
    if (lines_++ == 0) return checkRequestLine(line);
    if (line.empty()) return checkEnd();
    if (lines_ - 1 > limits_.fields) return refuse(Refusal::HeaderTooLarge, "The header has too many fields.");
    return checkField(line);
}

bool HeadFilter::checkRequestLine(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == last || !isToken(line.substr(0, first)))
        return refuse(Refusal::Grammar, "The request line is no method, target and version.");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return refuse(Refusal::Grammar, "The version is neither HTTP/1.1 nor HTTP/1.0.");
    // Absolute form is for proxies; a second place that names the host is one too many here.
    const bool asterisk = target == "*" && method == "OPTIONS";
    if (!asterisk && (!target.starts_with('/') || !kTargetBytes.hasAll(target)))
        return refuse(Refusal::Grammar, "The target is no absolute path.");
    http10_ = version == "HTTP/1.0";
    return true;
}

bool HeadFilter::checkField(std::string_view line) {
    if (kBlanks.find(line.front()) != std::string_view::npos)
        return refuse(Refusal::Grammar, "A header line begins with a blank.");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(Refusal::Grammar, "A header line has no colon.");
    const std::string_view name = line.substr(0, colon);
    if (!isToken(name)) return refuse(Refusal::Grammar, "The name of a header field is no token.");
    return checkValue(name, trimmed(line.substr(colon + 1)));
}

bool HeadFilter::checkValue(std::string_view name, std::string_view value) {
    if (equalsIgnoringCase(name, "Host")) {
        ++hosts_;
        if (value.empty() || !kHostBytes.hasAll(value)) return refuse(Refusal::Grammar, "The Host is no host.");
        return true;
    }
    if (equalsIgnoringCase(name, "Content-Length")) return checkContentLength(value);
    if (equalsIgnoringCase(name, "Transfer-Encoding")) return checkTransferEncoding(value);
    return true;
}

bool HeadFilter::checkContentLength(std::string_view value) {
    constexpr std::size_t kMostDigits = 18;  // fits 64 bits without a check for overflow
    if (sawLength_) return refuse(Refusal::Grammar, "There is more than one Content-Length.");
    if (value.empty() || value.size() > kMostDigits || !kDigitBytes.hasAll(value))
        return refuse(Refusal::Grammar, "The Content-Length is no decimal number.");
    sawLength_ = true;
    framing_.kind = Framing::Kind::Length;
    for (const char c : value) framing_.length = framing_.length * 10 + static_cast<unsigned>(c - '0');
    return true;
}

bool HeadFilter::checkTransferEncoding(std::string_view value) {
    if (sawEncoding_ || value != "chunked")
        return refuse(Refusal::Grammar, "The Transfer-Encoding is not exactly `chunked`.");
    sawEncoding_ = true;
    framing_.kind = Framing::Kind::Chunked;
    return true;
}

bool HeadFilter::checkEnd() {
    if (hosts_ != 1) return refuse(Refusal::Grammar, "There is not exactly one Host.");
    if (sawLength_ && sawEncoding_)
        return refuse(Refusal::Grammar, "There are both a Content-Length and a Transfer-Encoding.");
    if (http10_ && sawEncoding_) return refuse(Refusal::Grammar, "HTTP/1.0 has no Transfer-Encoding.");
    state_ = State::Complete;
    return true;
}

bool HeadFilter::refuse(Refusal reason, std::string_view detail) {
    state_ = State::Refused;
    refused_ = {reason, detail};
    return false;
}

}  // namespace stepd::http
