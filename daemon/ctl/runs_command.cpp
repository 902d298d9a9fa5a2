#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"

namespace stepd::ctl {

int listRuns(const Common& common, const RunsListOptions& options) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    std::string path = "/api/v1/runs?limit=" + std::to_string(options.limit);
    if (!options.pipeline.empty()) path += "&pipeline=" + encoded(options.pipeline);
    if (!options.state.empty()) path += "&state=" + encoded(options.state);
    if (!options.since.empty()) path += "&since=" + encoded(options.since);
    if (!options.until.empty()) path += "&until=" + encoded(options.until);
    const Json answer = client.get(path);
    if (common.json) {
        std::cout << answer.dump(2) << '\n';
        return 0;
    }
    std::vector<std::vector<std::string>> rows{{"RUN", "PIPELINE", "STATE", "CREATED", "TOOK"}};
    for (const auto& run : answer.at("runs"))
        rows.push_back({textOf(run, "id"), textOf(run, "pipeline"), textOf(run, "state"), textOf(run, "created_at"),
                        elapsed(textOf(run, "created_at"), textOf(run, "finished_at"))});
    if (rows.size() == 1 && !common.quiet) std::cout << "no runs\n";
    if (rows.size() > 1) std::cout << table(rows);
    return 0;
}

int showRun(const Common& common, const std::string& id) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json run = client.get("/api/v1/runs/" + encoded(id));
    if (common.json) {
        std::cout << run.dump(2) << '\n';
        return 0;
    }
    std::cout << pictureOf(run, Detail::Whole);
    if (!run.at("error").is_null()) std::cout << "\nerror\n" << run.at("error").dump(2) << '\n';
    if (!run.at("output").is_null()) std::cout << "\noutput\n" << run.at("output").dump(2) << '\n';
    return 0;
}

}  // namespace stepd::ctl
