#include <fstream>
#include <iostream>
#include <sstream>

#include "ctl/client.h"
#include "ctl/commands.h"

namespace stepd::ctl {

std::string argumentText(const std::string& argument) {
    if (!argument.starts_with('@')) return argument;
    std::ifstream file(argument.substr(1));
    if (!file) throw Refused("cannot read " + argument.substr(1));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

int send(const Common& common, const SendOptions& options) {
    // The data goes in as it is: parsing and writing it again would change numbers.
    const std::string data = argumentText(options.data);
    if (!Json::accept(data)) throw Refused("--data is not valid JSON");
    std::string body = "{\"name\":" + Json(options.name).dump() + ",\"data\":" + data;
    if (!options.id.empty()) body += ",\"id\":" + Json(options.id).dump();
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json event = client.post("/api/v1/events", body + "}").at("events").at(0);
    std::vector<std::string> runs = event.at("run_ids").get<std::vector<std::string>>();
    const bool follow = options.wait && !runs.empty();
    if (common.json) {
        if (!follow) std::cout << event.dump(2) << '\n';
    } else if (!common.quiet) {
        std::cout << "event " << event.at("event_id").get<std::string>() << '\n';
        for (const auto& run : runs) std::cout << "run   " << run << '\n';
        if (runs.empty()) std::cout << event.at("message").get<std::string>() << '\n';
    }
    if (follow) return watchRuns(common, runs);
    return options.wait ? 1 : 0;
}

}  // namespace stepd::ctl
