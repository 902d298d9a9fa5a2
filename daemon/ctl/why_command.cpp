#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/crash_picture.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"
#include "model/ids.h"

namespace stepd::ctl {
namespace {

int whyRun(const Common& common, const Client& client, const std::string& id) {
    const Json run = client.get("/api/v1/runs/" + encoded(id));
    const Json answer = client.get("/api/v1/runs/" + encoded(id) + "/why");
    if (common.json) {
        std::cout << answer.dump(2) << '\n';
        return 0;
    }
    for (const auto& wait : answer.at("waits")) std::cout << textOf(wait, "sentence") << '\n';
    if (const auto sentence = quarantineSentence(run); !sentence.empty())
        std::cout << sentence;
    else if (answer.at("waits").empty())
        std::cout << "It is " << textOf(run, "state") << " and waits for nothing.\n";
    return 0;
}

std::string_view saying(const std::string& verdict) {
    if (verdict == "started") return "started";
    if (verdict == "skipped") return "matched, started none";
    if (verdict == "failed") return "could not be asked";
    if (verdict == "would_now") return "matches now";
    return "does not match";
}

int whyEvent(const Common& common, const Client& client, const std::string& id) {
    const Json answer = client.get("/api/v1/events/" + encoded(id) + "/why");
    if (common.json) {
        std::cout << answer.dump(2) << '\n';
        return 0;
    }
    for (const auto& report : answer.at("pipelines")) {
        const std::string verdict = textOf(report, "verdict");
        const Colour colour = verdict == "started" ? Colour::Good : verdict == "failed" ? Colour::Bad : Colour::Faint;
        std::cout << painted(textOf(report, "pipeline"), Colour::Bold) << "  " << painted(saying(verdict), colour)
                  << '\n';
        for (const auto& sentence : report.at("sentences")) std::cout << "  " << sentence.get<std::string>() << '\n';
    }
    if (answer.at("pipelines").empty()) std::cout << "The daemon has no pipelines.\n";
    return 0;
}

}  // namespace

int why(const Common& common, const std::string& id) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    return parseEventId(id) ? whyEvent(common, client, id) : whyRun(common, client, id);
}

}  // namespace stepd::ctl
