#include "ctl/client.h"

#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <memory>

namespace stepd::ctl {
namespace {

std::size_t collect(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

std::string firstLine(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

Reply Client::request(const std::string& method, const std::string& path, const std::optional<std::string>& body,
                      std::chrono::seconds patience) const {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), &curl_easy_cleanup);
    const std::string url = url_ + path;
    Reply reply;
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    if (!key_.empty()) headers = curl_slist_append(headers, ("Authorization: Bearer " + key_).c_str());
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, static_cast<long>(patience.count()));
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &collect);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &reply.body);
    if (body) {
        curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
        curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body->data());
    }
    const CURLcode code = curl_easy_perform(easy.get());
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        throw NoDaemon("no daemon answers at " + url_ + " (" + curl_easy_strerror(code) +
                       "); start it with `stepd --config=FILE`, or name another one with --url");
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
}

Json Client::get(const std::string& path) const {
    return checked(request("GET", path));
}
Json Client::post(const std::string& path, const std::string& body) const {
    return checked(request("POST", path, body));
}

Json Client::postLong(const std::string& path, const std::string& body) const {
    return checked(request("POST", path, body, std::chrono::hours(24)));
}

Json Client::checked(const Reply& reply) const {
    Json json = reply.json();
    if (reply.ok() && !json.is_discarded()) return json;
    std::string sentence = "the daemon answered " + std::to_string(reply.status);
    if (json.is_object() && json.contains("detail")) sentence = json["detail"].get<std::string>();
    if (reply.status == 401 && key_.empty())
        sentence += " No key was found: name the daemon's operator.key (in its state directory) with --key-file.";
    throw Refused(sentence);
}

std::string findOperatorKey(const std::string& file) {
    if (!file.empty()) {
        const std::string key = firstLine(file);
        if (key.empty()) throw Refused("cannot read a key from " + file);
        return key;
    }
    const char* fromEnvironment = std::getenv("STEPD_KEY_FILE");
    for (const std::string& path : {std::string(fromEnvironment ? fromEnvironment : ""),
                                    std::string("var/operator.key"), std::string("/var/lib/stepd/operator.key")}) {
        const std::string key = path.empty() ? std::string() : firstLine(path);
        if (!key.empty()) return key;
    }
    return {};
}

std::string encoded(const std::string& text) {
    const std::unique_ptr<char, decltype(&curl_free)> out(
        curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), &curl_free);
    return out.get();
}

}  // namespace stepd::ctl
