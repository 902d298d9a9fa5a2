#include "pipeline/needs_reader.h"

#include <algorithm>
#include <optional>

#include "base/diagnostic.h"
#include "pipeline/names.h"

namespace stepd::pipeline {
namespace {

constexpr std::int32_t kMostNeeds = 1000;

class NeedsReader {
public:
    NeedsReader(yaml::Reader& fields, std::vector<Step>& steps, std::size_t index)
        : fields_(fields), steps_(steps), index_(index), step_(steps[index]) {}

    void read() {
        if (fields_.has("needs")) {
            if (const yaml::Node* list = fields_.list("needs"))
                for (std::size_t i = 0; i < list->items.size(); ++i)
                    readNeed(*list->items[i], yaml::itemPath(fields_.path("needs"), i));
        } else if (const auto above = stepAbove()) {
            step_.needs.push_back(*above);
        }
        std::sort(step_.needs.begin(), step_.needs.end());
        std::sort(step_.requireSuccess.begin(), step_.requireSuccess.end());
    }

    void readAny() {
        std::int32_t count = 0;
        bool race = false;
        if (fields_.read("any", count, {1, kMostNeeds})) step_.any = AnyOf{static_cast<std::uint32_t>(count), false};
        if (fields_.read("race", race) && !fields_.has("any"))
            fields_.error("race", "`race` has no meaning without `any`", "write `any: 1` beside it");
        if (!step_.any) return;
        step_.any->race = race;
        if (step_.any->count > step_.needs.size())
            fields_.error("any", "`any: " + std::to_string(count) + "` asks for more than the step needs (" +
                                     std::to_string(step_.needs.size()) + ")");
        if (!step_.requireSuccess.empty())
            fields_.error("any", "`any` counts the needs that complete, so none of them can be required",
                          "leave out `any`, or `require`");
    }

private:
    bool isSibling(const Step& other) const { return other.phase == step_.phase && other.group == step_.group; }

    std::optional<std::size_t> stepAbove() const {
        for (std::size_t i = index_; i-- > 0;)
            if (isSibling(steps_[i])) return i;
        return std::nullopt;
    }

    void error(const yaml::Node& node, const std::string& path, std::string message, std::string hint = {}) {
        fields_.report().error(node, path, std::move(message), std::move(hint));
    }

    void readNeed(const yaml::Node& item, const std::string& path) {
        if (item.kind == yaml::Kind::Mapping) return readConditional(item, path);
        if (item.kind != yaml::Kind::Text)
            return error(item, path, std::string("expected the id of a step, not ") + yaml::describe(item.kind));
        add(item, path);
    }

    void readConditional(const yaml::Node& item, const std::string& path) {
        enum class Require { Success };
        yaml::Reader fields(item, path, fields_.report());
        fields.require({"step", "require"});
        Require require{};
        std::string id;
        fields.read("require", require, {{"success", Require::Success}});
        if (fields.read("step", id))
            if (const auto need = add(*item.find("step")->value, fields.path("step")))
                step_.requireSuccess.push_back(*need);
        fields.finish();
    }

    /// Absent after a finding.
    std::optional<std::size_t> add(const yaml::Node& id, const std::string& path) {
        const auto found =
            std::find_if(steps_.begin(), steps_.end(), [&id](const Step& step) { return step.id == id.text; });
        if (found == steps_.end()) {
            error(id, path, "no step has the id `" + id.text + "`", suggestion(id.text, siblings()));
            return std::nullopt;
        }
        const auto need = static_cast<std::size_t>(found - steps_.begin());
        if (!isSibling(*found)) {
            reportStranger(id, path, need);
        } else if (std::find(step_.needs.begin(), step_.needs.end(), need) != step_.needs.end()) {
            error(id, path, "`" + id.text + "` is needed twice");
        } else {
            step_.needs.push_back(need);
            return need;
        }
        return std::nullopt;
    }

    void reportStranger(const yaml::Node& id, const std::string& path, std::size_t need) {
        const Step& other = steps_[need];
        if (other.phase != step_.phase)
            return error(id, path, "`" + id.text + "` stands in another list of steps",
                         "all main steps have ended before `on_failure` and `finally` begin");
        if (step_.group == need) return error(id, path, "the step is part of `" + id.text + "` and cannot wait for it");
        if (other.group) {
            const std::string& group = steps_[*other.group].id;
            return error(id, path, "`" + id.text + "` is part of the group `" + group + "`",
                         step_.group ? "" : "need `" + group + "`");
        }
        error(id, path, "`" + id.text + "` stands outside the group `" + steps_[*step_.group].id + "`",
              "let the group need it");
    }

    std::vector<std::string> siblings() const {
        std::vector<std::string> ids;
        for (const auto& step : steps_)
            if (isSibling(step)) ids.push_back(step.id);
        return ids;
    }

    yaml::Reader& fields_;
    const std::vector<Step>& steps_;
    const std::size_t index_;
    Step& step_;
};

}  // namespace

bool readNeeds(yaml::Reader& fields, std::vector<Step>& steps, std::size_t index) {
    const auto before = fields.report().count();
    NeedsReader reader(fields, steps, index);
    reader.read();
    const bool clear = fields.report().count() == before;
    if (clear) reader.readAny();
    return clear;
}

}  // namespace stepd::pipeline
