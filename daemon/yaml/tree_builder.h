#pragma once

#include <yaml-cpp/eventhandler.h>

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "yaml/document.h"
#include "yaml/report.h"
#include "yaml/source_map.h"

namespace stepd::yaml {

/// Ends the parse: the finding has been reported.
struct Abandoned {};

/// Builds the tree from yaml-cpp's events. Internal to this module.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(SourceMap& source, const Limits& limits, Report& report)
        : source_(source), limits_(limits), report_(report) {}

    NodePtr root() const { return root_; }

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override { close(); }

private:
    /// A collection that is still being read.
    struct Open {
        std::shared_ptr<Node> node;
        YAML::anchor_t anchor = 0;
        bool keyRead = false;  ///< of a mapping: the next node is the value of `key`
        std::string key;
        Mark keyMark;
        bool merge = false;      ///< the key read is `<<`
        bool duplicate = false;  ///< the key read stands there already: its value is dropped
        bool merged = false;     ///< a `<<` was read
        std::vector<NodePtr> merges;
        std::unordered_set<std::string> keys;  ///< of `node`, since a mapping may be large
    };

    [[noreturn]] void abandon(Mark mark, std::string message, std::string hint = {});
    void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
    void close();
    bool expectsKey() const;
    void readKey(const Node& scalar, bool plain);
    void place(NodePtr node, YAML::anchor_t anchor);
    void takeMerge(const NodePtr& value);
    void checkIndent(const YAML::Mark& mark, bool collection);
    void layOut(Node& node, const YAML::Mark& mark, bool plain) const;
    void countNode(Mark here);
    std::string path() const;

    SourceMap& source_;
    const Limits& limits_;
    Report& report_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, NodePtr> anchors_;  ///< null while the anchored node is open
    std::size_t nodes_ = 0;
    std::size_t aliased_ = 0;
    int documents_ = 0;
    NodePtr root_;
};

}  // namespace stepd::yaml
