#include "pipeline/built_in_reader.h"

#include "base/units.h"
#include "pipeline/event_match_reader.h"
#include "pipeline/names.h"

namespace stepd::pipeline {
namespace {

class BuiltInReader {
public:
    BuiltInReader(yaml::Reader& fields, ExpressionReader& expressions) : fields_(fields), expressions_(expressions) {}

    BuiltIn read(const std::string& name) {
        if (name == "sleep") return readSleep();
        if (name == "wait_for_event") return WaitForEventStep{readEventMatch(fields_, expressions_, Place::WaitIf)};
        if (name == "send_event") return readSend();
        if (name == "invoke") return readInvoke();
        return readFail();
    }

private:
    std::optional<Template> templated(const char* key) { return expressions_.templated(fields_, key, Place::CoreWith); }

    /// A field whose value is a text when the step runs. `good` tells whether one that holds no expression is right.
    template <typename Predicate>
    std::optional<Template> text(const char* key, const char* what, const char* hint, Predicate good) {
        auto value = templated(key);
        if (!value) return std::nullopt;
        const yaml::Node& node = *fields_.node().find(key)->value;
        const bool expression = node.kind == yaml::Kind::Text && node.text.find("${{") != std::string::npos;
        if (!expression && (node.kind != yaml::Kind::Text || !good(node.text)))
            fields_.error(key, "`" + std::string(key) + "` must be " + what, hint);
        return value;
    }

    std::optional<Template> time(const char* key) {
        return text(key, "a time", "write 2026-01-02T03:04:05Z, or an expression",
                    [](const std::string& plain) { return parseRfc3339(plain).has_value(); });
    }

    std::optional<Template> anyText(const char* key) {
        return text(key, "a text", "quote it", [](const std::string&) { return true; });
    }

    /// An object; empty where the key is absent.
    Template data() {
        auto value = templated("data");
        if (!value) return Template::literal("{}");
        const yaml::Node& node = *fields_.node().find("data")->value;
        const bool expression = node.kind == yaml::Kind::Text && node.text.starts_with("${{");
        if (node.kind != yaml::Kind::Mapping && !expression)
            fields_.error("data", std::string("`data` must be a mapping, not ") + yaml::describe(node.kind));
        return std::move(*value);
    }

    SleepStep readSleep() {
        SleepStep sleep;
        sleep.duration = text("for", "a duration with its unit", "write 250ms, 5s, 10m, 2h, 7d, or an expression",
                              [](const std::string& plain) { return parseDuration(plain).has_value(); });
        if (const yaml::Entry* entry = fields_.node().find("for"))
            if (const auto length = parseDuration(entry->value->text); length && *length > kLongestWait)
                fields_.error("for", "`for` must be at most " + toText(kLongestWait));
        sleep.until = time("until");
        if (fields_.has("for") == fields_.has("until"))
            fields_.report().error(fields_.node(), fields_.path(), "a sleep has either `for` or `until`");
        return sleep;
    }

    SendEventStep readSend() {
        SendEventStep send;
        fields_.require({"event"});
        if (auto name = text("event", "the name of an event", "use letters, digits and . _ - / :", isEventName))
            send.name = std::move(*name);
        send.data = data();
        send.id = anyText("id");
        send.ts = time("ts");
        return send;
    }

    InvokeStep readInvoke() {
        InvokeStep invoke;
        fields_.require({"pipeline"});
        if (fields_.read("pipeline", invoke.pipeline) && !isPipelineId(invoke.pipeline))
            fields_.error("pipeline", "`" + invoke.pipeline + "` is no id of a pipeline",
                          "write the id itself, no expression");
        invoke.data = data();
        fields_.read("wait", invoke.wait);
        Duration timeout{};
        if (fields_.read("timeout", timeout, {1ms, kLongestWait})) invoke.timeout = timeout;
        if (!invoke.wait && fields_.has("timeout"))
            fields_.error("timeout", "`timeout` has no meaning with `wait: false`", "leave it out");
        return invoke;
    }

    FailStep readFail() {
        FailStep fail;
        fields_.require({"message"});
        if (auto message = anyText("message")) fail.message = std::move(*message);
        if (fields_.read("code", fail.code) && !isPipelineId(fail.code))
            fields_.error("code", "`" + fail.code + "` is no code", "use letters, digits and . _ -, at most 64");
        return fail;
    }

    yaml::Reader& fields_;
    ExpressionReader& expressions_;
};

}  // namespace

const std::vector<std::string>& coreSteps() {
    static const std::vector<std::string> kSteps = {"sleep", "wait_for_event", "send_event", "invoke", "fail", "http"};
    return kSteps;
}

BuiltIn readBuiltIn(const std::string& name, yaml::Reader& step, ExpressionReader& expressions) {
    if (name == "http") return {};
    step.require({"with"});
    const yaml::Node* node = step.mapping("with");
    if (node == nullptr) return {};
    yaml::Reader fields(*node, step.path("with"), step.report());
    BuiltIn builtIn = BuiltInReader(fields, expressions).read(name);
    fields.finish();
    return builtIn;
}

}  // namespace stepd::pipeline
