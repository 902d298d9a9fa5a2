#include "pipeline/template.h"

#include "base/text.h"
#include "json/json_text.h"
#include "pipeline/template_node.h"

namespace stepd::pipeline {
namespace {

using Failure = std::optional<cel::EvaluationError>;

class Renderer {
public:
    Renderer(const Scope& scope, std::string& out) : scope_(scope), out_(out) {}

    Failure render(const Template::Node& node) {
        return std::visit([this](const auto& content) { return write(content); }, node.content);
    }

private:
    Failure write(const Template::Node::Literal& literal) {
        out_ += literal.json;
        return std::nullopt;
    }

    Failure write(const cel::Program& program) {
        if (const auto bytes = stored(program)) {
            out_ += *bytes;
            return std::nullopt;
        }
        auto value = evaluate(program);
        if (!value) return value.error();
        auto json = cel::toJson(*value);
        if (!json) return failure(program, std::string("there is no JSON for this ") + value->typeName());
        out_ += *json;
        return std::nullopt;
    }

    Failure write(const Template::Node::Mixed& mixed) {
        std::string text;
        for (const auto& part : mixed.parts) {
            if (const auto* literal = std::get_if<std::string>(&part)) {
                text += *literal;
            } else if (auto problem = appendText(std::get<cel::Program>(part), text)) {
                return problem;
            }
        }
        appendJsonString(out_, text);
        return std::nullopt;
    }

    Failure write(const Template::Node::Object& object) {
        const char* separator = "{";
        for (const auto& [key, value] : object.members) {
            out_ += separator;
            appendJsonString(out_, key);
            out_ += ':';
            if (auto problem = render(*value)) return problem;
            separator = ",";
        }
        out_ += '}';
        return std::nullopt;
    }

    Failure write(const Template::Node::List& list) {
        const char* separator = "[";
        for (const auto& item : list.items) {
            out_ += separator;
            if (auto problem = render(*item)) return problem;
            separator = ",";
        }
        out_ += ']';
        return std::nullopt;
    }

    Failure appendText(const cel::Program& program, std::string& text) {
        if (const auto bytes = stored(program)) {
            text += json::stringOf(*bytes).value_or(std::string(*bytes));
            return std::nullopt;
        }
        auto value = evaluate(program);
        if (!value) return value.error();
        if (auto plain = value->asString()) {
            text += *plain;
            return std::nullopt;
        }
        auto json = cel::toJson(*value);
        if (!json) return failure(program, std::string("there is no text for this ") + value->typeName());
        // A timestamp or a duration is a string in JSON.
        text += json::stringOf(*json).value_or(*json);
        return std::nullopt;
    }

    std::optional<std::string_view> stored(const cel::Program& program) const {
        const auto& path = program.asPath();
        return path ? scope_.bytesAt(*path) : std::nullopt;
    }

    Result<cel::Value, cel::EvaluationError> evaluate(const cel::Program& program) const {
        auto value = program.evaluate(scope_);
        if (value) return value;
        return Result<cel::Value, cel::EvaluationError>::failure(failure(program, value.error().message));
    }

    static cel::EvaluationError failure(const cel::Program& program, const std::string& message) {
        return {"${{ " + program.source() + " }}: " + message};
    }

    const Scope& scope_;
    std::string& out_;
};

void collect(const Template::Node& node, std::vector<cel::Reference>& out) {
    const auto add = [&out](const cel::Program& program) {
        out.insert(out.end(), program.references().begin(), program.references().end());
    };
    if (const auto* program = std::get_if<cel::Program>(&node.content)) add(*program);
    if (const auto* mixed = std::get_if<Template::Node::Mixed>(&node.content))
        for (const auto& part : mixed->parts)
            if (const auto* inner = std::get_if<cel::Program>(&part)) add(*inner);
    if (const auto* object = std::get_if<Template::Node::Object>(&node.content))
        for (const auto& member : object->members) collect(*member.second, out);
    if (const auto* list = std::get_if<Template::Node::List>(&node.content))
        for (const auto& item : list->items) collect(*item, out);
}

}  // namespace

Template Template::literal(std::string json) {
    return Template(std::make_shared<const Node>(Node{Node::Literal{std::move(json)}}));
}

Result<std::string, cel::EvaluationError> Template::render(const Scope& scope) const {
    std::string out;
    if (root_ == nullptr) return std::string("null");
    if (auto problem = Renderer(scope, out).render(*root_))
        return Result<std::string, cel::EvaluationError>::failure(std::move(*problem));
    return out;
}

std::vector<cel::Reference> Template::references() const {
    std::vector<cel::Reference> out;
    if (root_ != nullptr) collect(*root_, out);
    return out;
}

}  // namespace stepd::pipeline
