#include "torture/connection.h"

#include <cstdlib>

namespace stepd::torture {
namespace {

std::size_t collect(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

}  // namespace

Connection::Connection() : easy_(curl_easy_init(), &curl_easy_cleanup) {
    curl_easy_setopt(easy_.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy_.get(), CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(easy_.get(), CURLOPT_WRITEFUNCTION, &collect);
}

Answer Connection::post(std::uint16_t port, const std::string& path, const std::string& body,
                        const std::vector<std::string>& headers) {
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy_.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(easy_.get(), CURLOPT_POSTFIELDS, body.data());
    Answer answer = perform(port, path);
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(list);
    return answer;
}

Answer Connection::get(std::uint16_t port, const std::string& path) {
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPGET, 1L);
    return perform(port, path);
}

Answer Connection::perform(std::uint16_t port, const std::string& path) {
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + path;
    Answer answer;
    curl_easy_setopt(easy_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_WRITEDATA, &answer.body);
    if (curl_easy_perform(easy_.get()) != CURLE_OK) return {};
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

double metricOf(const std::string& text, const std::string& name) {
    const auto at = ("\n" + text).find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + name.size() + 1, nullptr);
}

}  // namespace stepd::torture
