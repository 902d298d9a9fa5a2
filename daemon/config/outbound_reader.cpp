#include <arpa/inet.h>

#include <charconv>

#include "config/section_reader.h"

namespace stepd::config {
namespace {

bool isAddress(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

/// A host, a CIDR block or host:port; what it means exactly is the connector's business.
bool isAllowEntry(const std::string& text) {
    constexpr std::string_view kSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:/[]";
    return !text.empty() && text.size() <= 255 && text.find_first_not_of(kSigns) == std::string::npos;
}

void readAllow(yaml::Reader& fields, std::vector<std::string>& allow) {
    if (!fields.read("allow", allow)) return;
    const yaml::Node& list = *fields.node().find("allow")->value;
    for (std::size_t i = 0; i < allow.size(); ++i) {
        const std::string path = yaml::itemPath(fields.path("allow"), i);
        if (isAllowEntry(allow[i])) {
            fields.report().warning(list.items[i]->mark, path,
                                    "plugins may reach " + allow[i] + " even where it is private",
                                    "for tests and demos only");
        } else {
            fields.report().error(*list.items[i], path, "`" + allow[i] + "` is no host, CIDR block or host:port");
        }
    }
}

void readOverrides(yaml::Reader& fields, std::map<std::string, std::string>& overrides) {
    const yaml::Node* node = fields.mapping("resolve_overrides");
    if (node == nullptr) return;
    for (const auto& [host, mark, value] : node->entries) {
        std::string address;
        std::uint16_t port = 0;
        if (value->kind == yaml::Kind::Text && parseEndpoint(value->text, address, port)) {
            overrides[host] = value->text;
            fields.report().warning(mark, fields.path("resolve_overrides"), host + " is taken to be at " + value->text,
                                    "for tests and demos only");
        } else {
            fields.report().error(*value, fields.path("resolve_overrides"), "`" + host + "` must map to address:port",
                                  "write 127.0.0.1:8080");
        }
    }
}

void readPorts(yaml::Reader& fields, std::vector<std::uint16_t>& ports) {
    const yaml::Node* list = fields.list("allowed_ports");
    if (list == nullptr) return;
    ports.clear();
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const auto port = list->items[i]->integer();
        if (port && *port >= 1 && *port <= 65535) {
            ports.push_back(static_cast<std::uint16_t>(*port));
        } else {
            fields.report().error(*list->items[i], yaml::itemPath(fields.path("allowed_ports"), i),
                                  "a port is between 1 and 65535");
        }
    }
}

/// What stands in a header field of every request.
bool isHeaderValue(const std::string& text) {
    for (const char c : text)
        if (c < 0x20 || c > 0x7E) return false;
    return !text.empty() && text.size() <= 256;
}

}  // namespace

bool parseEndpoint(const std::string& text, std::string& address, std::uint16_t& port) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return false;
    std::string host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!isAddress(host) || bracketed != (host.find(':') != std::string::npos)) return false;
    std::uint16_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, number);
    if (error != std::errc() || rest != end) return false;
    address = std::move(host);
    port = number;
    return true;
}

void readOutbound(yaml::Reader& fields, OutboundConfig& outbound) {
    readAllow(fields, outbound.allow);
    readOverrides(fields, outbound.resolveOverrides);
    readPorts(fields, outbound.allowedPorts);
    fields.read("per_host_concurrency", outbound.perHostConcurrency, {1, 100});
    fields.read("per_host_min_interval", outbound.perHostMinInterval, {Duration::zero(), 1h});
    fields.readSize("max_body", outbound.maxBody, {1, 1U << 30});
    fields.read("timeout", outbound.timeout, {1ms, 1h});
    if (fields.read("user_agent", outbound.userAgent) && !isHeaderValue(outbound.userAgent))
        fields.error("user_agent", "`user_agent` must be 1 to 256 printable ASCII characters");
}

}  // namespace stepd::config
