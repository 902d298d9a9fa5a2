#include "pipeline/reference_loops.h"

#include <map>
#include <nlohmann/json.hpp>

namespace stepd::pipeline {
namespace {

using Json = nlohmann::json;

constexpr int kLongestWay = 1000;

class LoopFinder {
public:
    explicit LoopFinder(const Json& document) : document_(document) {}

    std::optional<std::string> find(const Json& value) {
        if (value.is_object())
            if (auto found = follow(value, 0)) return found;
        if (value.is_structured())
            for (const auto& inner : value)
                if (auto found = find(inner)) return found;
        return std::nullopt;
    }

private:
    enum class Mark { OnTheWay, Done };

    /// Through all that is applied to the same value.
    std::optional<std::string> follow(const Json& schema, int way) {
        if (!schema.is_object()) return std::nullopt;
        const auto [mark, fresh] = marks_.try_emplace(&schema, Mark::OnTheWay);
        if (!fresh && mark->second == Mark::Done) return std::nullopt;
        if (!fresh || way > kLongestWay) return last_;
        if (const auto reference = schema.find("$ref"); reference != schema.end() && reference->is_string()) {
            last_ = reference->get<std::string>();
            if (const Json* target = targetOf(last_))
                if (auto found = follow(*target, way + 1)) return found;
        }
        for (const char* key : {"not", "if", "then", "else"})
            if (const auto inner = schema.find(key); inner != schema.end())
                if (auto found = follow(*inner, way + 1)) return found;
        for (const char* key : {"allOf", "anyOf", "oneOf", "dependencies"})
            if (const auto list = schema.find(key); list != schema.end() && list->is_structured())
                for (const auto& inner : *list)
                    if (auto found = follow(inner, way + 1)) return found;
        marks_[&schema] = Mark::Done;
        return std::nullopt;
    }

    const Json* targetOf(const std::string& reference) const {
        if (!reference.starts_with('#')) return nullptr;
        try {
            const Json::json_pointer pointer(reference.substr(1));
            return document_.contains(pointer) ? &document_.at(pointer) : nullptr;
        } catch (const Json::exception&) {
            return nullptr;
        }
    }

    const Json& document_;
    std::map<const Json*, Mark> marks_;
    std::string last_;
};

}  // namespace

std::optional<std::string> endlessReference(const Json& document) {
    return LoopFinder(document).find(document);
}

}  // namespace stepd::pipeline
