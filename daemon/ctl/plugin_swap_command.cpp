#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

std::string buildText(const Json& build) {
    return build.is_null() ? "nothing" : textOf(build, "version") + " (" + textOf(build, "build").substr(0, 12) + ")";
}

/// One line: which build gave way to which. 1 if all stays as it was because the new one cannot be used.
int tell(const Common& common, const Reply& reply) {
    const Json answer = reply.status == 422 ? reply.json() : Json();
    const Json change = answer.contains("change") ? answer.at("change") : Json::parse(reply.body, nullptr, false);
    if (common.json) {
        std::cout << change.dump(2) << '\n';
        return reply.status == 422 ? 1 : 0;
    }
    const std::string status = textOf(change, "status");
    const std::string after = buildText(change.at("after"));
    const std::string what =
        status == "unchanged" || status == "kept" ? after : buildText(change.at("before")) + " -> " + after;
    if (reply.status == 422 || !common.quiet)
        std::cout << painted(status, reply.status == 422 ? Colour::Bad : Colour::Good) << "  "
                  << textOf(change, "plugin") << "  " << what << '\n';
    if (reply.status == 422) std::cout << "  " << textOf(change, "problem") << '\n';
    return reply.status == 422 ? 1 : 0;
}

int change(const Common& common, const Client& client, const std::string& name, const std::string& verb,
           const std::string& body) {
    const Reply reply = client.request("POST", "/api/v1/plugins/" + encoded(name) + "/" + verb, body);
    if (reply.status != 422) client.checked(reply);
    return tell(common, reply);
}

}  // namespace

int reloadPlugins(const Common& common, const PluginReloadOptions& options) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    if (!options.all) return change(common, client, options.name, "reload", "");
    int code = 0;
    const Json answer = client.get("/api/v1/plugins");
    for (const auto& plugin : answer.at("plugins"))
        code = std::max(code, change(common, client, textOf(plugin, "name"), "reload", ""));
    return code;
}

int rollBackPlugin(const Common& common, const PluginRollbackOptions& options) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json body = options.to.empty() ? Json::object() : Json{{"to", options.to}};
    return change(common, client, options.name, "rollback", body.dump());
}

}  // namespace stepd::ctl
