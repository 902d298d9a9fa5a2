#include "http/grammar_cases.h"

#include <string_view>

namespace stepd::http::test {
namespace {

std::string repeat(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

/// A request line with the fields every good request has.
std::string line(const std::string& requestLine) {
    return requestLine + "\r\nHost: a\r\n\r\n";
}
/// A GET whose header ends with these bytes.
std::string field(const std::string& bytes) {
    return "GET /hello HTTP/1.1\r\nHost: a\r\n" + bytes + "\r\n";
}
/// A POST with these fields and body.
std::string body(const std::string& fields, const std::string& bytes) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + bytes;
}
std::string chunks(const std::string& bytes) {
    return body("Transfer-Encoding: chunked\r\n", bytes);
}

const std::string kNul(1, '\0');

// clang-format off
std::vector<GrammarCase> makeCases() {
    return {
        // What must pass, so that the refusals mean something.
        {"get", line("GET /hello HTTP/1.1"), 200},
        {"http 1.0", line("GET /hello HTTP/1.0"), 200},
        {"query", line("GET /hello?a=1&b=%20+ HTTP/1.1"), 200},
        {"length", body("Content-Length: 5\r\n", "hello"), 200},
        {"length zero", body("Content-Length: 0\r\n", ""), 200},
        {"length with blanks around", body("Content-Length: \t 5 \t\r\n", "hello"), 200},
        {"chunked", chunks("5\r\nhello\r\n0\r\n\r\n"), 200},
        {"chunked upper and lower hex", chunks("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), 200},
        {"chunked empty", chunks("0\r\n\r\n"), 200},
        {"chunk size with zeros", chunks("00000005\r\nhello\r\n00\r\n\r\n"), 200},
        {"chunk data that looks like framing", chunks("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n"), 200},
        {"no blank after colon", field("X-A:b\r\n"), 200},
        {"empty value", field("X-A:\r\n"), 200},
        {"obs-text in a value", field("X-A: \xC3\xA9\r\n"), 200},
        {"tab inside a value", field("X-A: a\tb\r\n"), 200},
        {"every mark a token may have", field("!#$%&'*+-.^_`|~09azAZ: b\r\n"), 200},
        {"host with port", "GET /hello HTTP/1.1\r\nHost: [::1]:8288\r\n\r\n", 200},
        {"host in another case", "GET /hello HTTP/1.1\r\nhOST: a\r\n\r\n", 200},
        {"hundred fields", field(repeat("X: y\r\n", 99)), 200},

        // Two framings: the classes of request smuggling.
        {"length then encoding", body("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding then length", body("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"length zero and encoding", body("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"two lengths", body("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
        {"two equal lengths", body("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        {"two lengths in other case", body("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), 400},
        {"list of lengths", body("Content-Length: 5, 5\r\n", "hello"), 400},
        {"length with sign", body("Content-Length: +5\r\n", "hello"), 400},
        {"negative length", body("Content-Length: -5\r\n", "hello"), 400},
        {"hex length", body("Content-Length: 0x5\r\n", "hello"), 400},
        {"length with fraction", body("Content-Length: 5.0\r\n", "hello"), 400},
        {"length with blank inside", body("Content-Length: 5 5\r\n", "hello"), 400},
        {"empty length", body("Content-Length:\r\n", ""), 400},
        {"length of words", body("Content-Length: five\r\n", "hello"), 400},
        {"length beyond 64 bits", body("Content-Length: 18446744073709551621\r\n", "hello"), 400},
        {"length of many digits", body("Content-Length: " + std::string(200, '0') + "5\r\n", "hello"), 400},
        {"encoding identity", body("Transfer-Encoding: identity\r\n", ""), 400},
        {"encoding gzip", body("Transfer-Encoding: gzip\r\n", ""), 400},
        {"encoding gzip, chunked", body("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding chunked, identity", body("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400},
        {"encoding chunked, chunked", body("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400},
        {"two encodings", body("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding and another", body("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"), 400},
        {"encoding in another case", body("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding quoted", body("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 400},
        {"encoding with parameter", body("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 400},
        {"encoding with a comma", body("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), 400},
        {"encoding xchunked", body("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
        {"encoding after vertical tab", body("Transfer-Encoding:\x0b" "chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding before NUL", body("Transfer-Encoding: chunked" + kNul + "\r\n", "0\r\n\r\n"), 400},
        {"empty encoding", body("Transfer-Encoding:\r\n", ""), 400},
        {"blank before colon of encoding", body("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"tab before colon of length", body("Content-Length\t: 5\r\n", "hello"), 400},
        {"encoding behind a fold", body("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding folded", body("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding behind a bare CR", body("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding behind a bare LF", body("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"encoding in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},

        // Chunks.
        {"chunk size with plus", chunks("+5\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size with minus", chunks("-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size with 0x", chunks("0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size with blank before", chunks(" 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size with blank behind", chunks("5 \r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size empty", chunks("\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size of words", chunks("five\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size overflows 32 bits", chunks("100000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size overflows 64 bits", chunks("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size of many zeros", chunks("0000000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk extension", chunks("5;a=b\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk extension of nothing", chunks("5;\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk extension on the last", chunks("5\r\nhello\r\n0;a\r\n\r\n"), 400},
        {"chunk size ends with LF", chunks("5\nhello\r\n0\r\n\r\n"), 400},
        {"chunk size ends with CR", chunks("5\rhello\r\n0\r\n\r\n"), 400},
        {"chunk data ends with LF", chunks("5\r\nhello\n0\r\n\r\n"), 400},
        {"chunk data longer than its size", chunks("3\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk data shorter than its size", chunks("6\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunked with trailer", chunks("5\r\nhello\r\n0\r\nX-A: b\r\n\r\n"), 400},
        {"chunked with trailer of framing", chunks("0\r\nContent-Length: 5\r\n\r\n"), 400},
        {"last chunk ends with LF", chunks("0\r\n\n"), 400},
        {"chunk larger than the route takes", chunks("100001\r\nx"), 413},
        {"chunks together too large", chunks("fffff\r\n" + std::string(0xfffff, 'x') + "\r\n2\r\nx"), 413},
        {"length larger than the route takes", body("Content-Length: 1048577\r\n", "x"), 413},

        // Lines and bytes of the header.
        {"bare LF everywhere", "GET /hello HTTP/1.1\nHost: a\n\n", 400},
        {"bare LF after the request line", "GET /hello HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"bare LF at the end", "GET /hello HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"bare CR in a value", field("X-A: a\rb\r\n"), 400},
        {"bare CR before CRLF", field("X-A: a\r\r\n"), 400},
        {"bare CR instead of CRLF", "GET /hello HTTP/1.1\rHost: a\r\r", 400},
        {"empty line first", "\r\n" + line("GET /hello HTTP/1.1"), 400},
        {"blank first", " " + line("GET /hello HTTP/1.1"), 400},
        {"fold with blank", field("X-A: a\r\n b\r\n"), 400},
        {"fold with tab", field("X-A: a\r\n\tb\r\n"), 400},
        {"fold on the first field", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"blank before colon", field("X-A : a\r\n"), 400},
        {"line without colon", field("X-A\r\n"), 400},
        {"field without name", field(": a\r\n"), 400},
        {"bad byte in a name", field("X(A): a\r\n"), 400},
        {"obs-text in a name", field("X\xC3\xA9: a\r\n"), 400},
        {"NUL in a value", field("X-A: a" + kNul + "b\r\n"), 400},
        {"NUL in a name", field("X" + kNul + ": a\r\n"), 400},
        {"ESC in a value", field("X-A: \x1b[0m\r\n"), 400},
        {"DEL in a value", field("X-A: \x7f\r\n"), 400},
        {"TLS hello", std::string("\x16\x03\x01\x02", 4) + kNul + "\x01", 400},

        // Host.
        {"no host", "GET /hello HTTP/1.1\r\nX-A: b\r\n\r\n", 400},
        {"no field at all", "GET /hello HTTP/1.1\r\n\r\n", 400},
        {"no host in HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", 400},
        {"two hosts", field("Host: b\r\n"), 400},
        {"two equal hosts", field("host: a\r\n"), 400},
        {"empty host", "GET /hello HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"host with path", "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"host with user", "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        {"host with blank", "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400},

        // Request line.
        {"method with bad byte", line("G(T /hello HTTP/1.1"), 400},
        {"empty method", line(" /hello HTTP/1.1"), 400},
        {"unknown method", line("BREW /hello HTTP/1.1"), 501},
        {"method in lower case", line("get /hello HTTP/1.1"), 501},
        {"TRACE", line("TRACE /hello HTTP/1.1"), 501},
        {"CONNECT", line("CONNECT /hello HTTP/1.1"), 501},
        {"CONNECT with authority", line("CONNECT a:443 HTTP/1.1"), 400},
        {"version 0.9", "GET /hello\r\n", 400},
        {"version 1.2", line("GET /hello HTTP/1.2"), 400},
        {"version 2.0", line("GET /hello HTTP/2.0"), 400},
        {"version 1.01", line("GET /hello HTTP/1.01"), 400},
        {"version in lower case", line("GET /hello http/1.1"), 400},
        {"version 1.1 with blank behind", line("GET /hello HTTP/1.1 "), 400},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"two blanks before the target", line("GET  /hello HTTP/1.1"), 400},
        {"two blanks behind the target", line("GET /hello  HTTP/1.1"), 400},
        {"tab for blank", line("GET\t/hello\tHTTP/1.1"), 400},
        {"blank in the target", line("GET /he llo HTTP/1.1"), 400},
        {"absolute form", line("GET http://a/hello HTTP/1.1"), 400},
        {"target without slash", line("GET hello HTTP/1.1"), 400},
        {"asterisk of GET", line("GET * HTTP/1.1"), 400},
        {"fragment in the target", line("GET /hello#x HTTP/1.1"), 400},
        {"obs-text in the target", line("GET /h\xC3\xA9 HTTP/1.1"), 400},
        {"NUL in the target", line("GET /hello" + kNul + " HTTP/1.1"), 400},
        {"escape cut short", line("GET /hello%2 HTTP/1.1"), 400},
        {"escape of no hex", line("GET /hello%zz HTTP/1.1"), 400},
        {"escaped slash", line("GET /items/a%2Fb HTTP/1.1"), 400},
        {"escaped NUL", line("GET /items/a%00b HTTP/1.1"), 400},
        {"escaped invalid UTF-8", line("GET /items/%ff HTTP/1.1"), 400},
        {"dot segments", line("GET /items/../hello HTTP/1.1"), 400},
        {"escaped dot segments", line("GET /items/%2e%2E/hello HTTP/1.1"), 400},
        {"NUL in the query", line("GET /hello?a=%00 HTTP/1.1"), 400},
        {"expectation unknown", body("Content-Length: 5\r\nExpect: 200-ok\r\n", "hello"), 417},

        // Sizes.
        {"request line too long", line("GET /" + std::string(8192, 'a') + " HTTP/1.1"), 414},
        {"request line without end", std::string(9000, 'A'), 414},
        {"field too large", field("X-A: " + std::string(17000, 'a') + "\r\n"), 431},
        {"fields too large together", field(repeat("X-A: " + std::string(300, 'a') + "\r\n", 60)), 431},
        {"too many fields", field(repeat("X: y\r\n", 100)), 431},
    };
}
// clang-format on

}  // namespace

const std::vector<GrammarCase>& grammarCases() {
    static const std::vector<GrammarCase> cases = makeCases();
    return cases;
}

}  // namespace stepd::http::test
