#include "yaml/json.h"

#include "base/text.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

namespace stepd::yaml {
namespace {

void append(std::string& out, const Node& node, const std::string& path, Report& report) {
    const char* separator = "";
    if (node.kind == Kind::Mapping) {
        out += '{';
        for (const auto& entry : node.entries) {
            out += separator;
            appendJsonString(out, entry.key);
            out += ':';
            append(out, *entry.value, path.empty() ? entry.key : path + "." + entry.key, report);
            separator = ",";
        }
        out += '}';
    } else if (node.kind == Kind::Sequence) {
        out += '[';
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            out += separator;
            append(out, *node.items[i], itemPath(path, i), report);
            separator = ",";
        }
        out += ']';
    } else if (const auto text = scalarJson(node)) {
        out += *text;
    } else {
        report.error(node, path, "`" + node.text + "` has no form in JSON");
        out += "null";
    }
}

}  // namespace

std::string toJson(const Node& node, const std::string& path, Report& report) {
    std::string out;
    append(out, node, path, report);
    return out;
}

}  // namespace stepd::yaml
