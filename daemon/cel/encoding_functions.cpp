#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "cel/functions.h"

namespace stepd::cel {
namespace {

Outcome base64Encode(const Arguments& arguments) {
    const auto* octets = arguments[0].octets();
    if (!octets) return noOverload("base64.encode", arguments.values);
    return charged(Value::string(toBase64(*octets)), arguments.budget);
}

Outcome base64Decode(const Arguments& arguments) {
    const auto* text = arguments[0].text();
    if (!text) return noOverload("base64.decode", arguments.values);
    if (!arguments.budget.scan(text->size())) return failUsedUp();
    auto octets = fromBase64(*text);
    return octets ? charged(Value::bytes(*std::move(octets)), arguments.budget) : fail("not base64");
}

/// A type, a number that is none, or something with one of these inside.
Outcome noJson(const Value& value) {
    return fail(std::string("there is no JSON for this value of type ") + value.typeName());
}

/// The value's JSON text.
Outcome json(const Arguments& arguments) {
    if (!arguments.budget.scan(arguments[0].weight())) return failUsedUp();
    auto text = toJson(arguments[0]);
    return text ? charged(Value::string(*std::move(text)), arguments.budget) : noJson(arguments[0]);
}

/// Hexadecimal SHA-256 of a string's or bytes' octets, or of the JSON text of any other value.
Outcome sha256(const Arguments& arguments) {
    const auto& of = arguments[0];
    if (!arguments.budget.scan(4 * of.weight())) return failUsedUp();
    const auto octets = of.text() ? *of.text() : of.octets() ? *of.octets() : toJson(of);
    if (!octets) return noJson(of);
    std::array<unsigned char, 32> digest{};
    if (EVP_Digest(octets->data(), octets->size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return fail("sha256 is not available");
    std::string text;
    for (const auto octet : digest) {
        text += "0123456789abcdef"[octet >> 4U];
        text += "0123456789abcdef"[octet & 0xFU];
    }
    return Value::string(std::move(text));
}

/// The authority's end: the first of these begins path, query or fragment. Browsers read a backslash as a slash.
std::string_view authorityOf(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos && url.find_first_of("/\\?#") > scheme)
        url.remove_prefix(scheme + 3);
    else if (url.starts_with("//"))
        url.remove_prefix(2);
    return url.substr(0, url.find_first_of("/\\?#"));
}

/// The host of a URL in lower case, without port, user and final dot; the scheme may be missing. Empty if there is
/// none. Meant for keys: `host("https://Example.org:443/a")` is `example.org`.
Outcome host(const Arguments& arguments) {
    const auto* url = arguments[0].text();
    if (!url) return noOverload("host", arguments.values);
    if (!arguments.budget.scan(url->size())) return failUsedUp();
    std::string_view host = authorityOf(*url);
    if (const auto user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        host = host.substr(0, end == std::string_view::npos ? host.size() : end + 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string lower(host);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return charged(Value::string(std::move(lower)), arguments.budget);
}

constexpr FunctionRow kFunctions[] = {
    {"base64.encode", CallStyle::Global, base64Encode, "(bytes) -> string"},
    {"base64.decode", CallStyle::Global, base64Decode, "(string) -> bytes"},
    {"json", CallStyle::Global, json, "(A) -> string"},
    {"sha256", CallStyle::Global, sha256, "(A) -> string"},
    {"host", CallStyle::Global, host, "(string) -> string"},
};

}  // namespace

std::span<const FunctionRow> encodingFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
