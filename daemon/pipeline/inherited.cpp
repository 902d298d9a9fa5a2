#include "pipeline/inherited.h"

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "pipeline/expression_reader.h"
#include "yaml/document.h"
#include "yaml/retry_policy.h"

namespace stepd::pipeline {
namespace {

void readNamed(yaml::Reader& fields, const std::string& name, const LoadContext& context, std::set<std::string>& used,
               StepRetry& retry) {
    const auto policy = context.retryPolicies.find(name);
    if (policy != context.retryPolicies.end()) {
        retry = {policy->second, std::nullopt};
        used.insert(name);
        return;
    }
    std::vector<std::string> names;
    for (const auto& known : context.retryPolicies) names.push_back(known.first);
    const std::string meant = didYouMean(name, names);
    fields.error("retry", "no retry policy is named `" + name + "`",
                 meant.empty() ? "policies stand in stepd.yaml under retry_policies" : "did you mean `" + meant + "`?");
}

void readRetry(yaml::Reader& fields, const LoadContext& context, ExpressionReader& expressions,
               std::set<std::string>& used, StepRetry& retry) {
    const yaml::Entry* found = fields.entry("retry");
    if (found == nullptr) return;
    if (found->value->kind == yaml::Kind::Text) return readNamed(fields, found->value->text, context, used, retry);
    if (found->value->kind != yaml::Kind::Mapping)
        return fields.error("retry", std::string("`retry` must be the name of a policy or a mapping, not ") +
                                         yaml::describe(found->value->kind));
    yaml::Reader policy(*found->value, fields.path("retry"), fields.report());
    yaml::readRetryPolicy(policy, retry.policy);
    if (auto when = expressions.bare(policy, "when", Place::RetryWhen)) retry.when = std::move(when);
    policy.finish();
}

}  // namespace

void readInherited(yaml::Reader& fields, const LoadContext& context, ExpressionReader& expressions,
                   std::set<std::string>& used, Inherited& inherited) {
    readRetry(fields, context, expressions, used, inherited.retry);
    fields.read("timeout", inherited.timeout, {1ms, 24h * 7});
}

std::string inheritedText(const LoadContext& context, const std::set<std::string>& used) {
    std::string out = "retry_policies:\n";
    if (used.empty()) out = "retry_policies: {}\n";
    for (const auto& name : used)
        out += "  " + jsonString(name) + ": " + yaml::toYaml(context.retryPolicies.at(name)) + "\n";
    out += "retry: " + yaml::toYaml(context.defaultRetry) + "\n";
    return out + "timeout: " + toText(context.defaultTimeout) + "\n";
}

LoadContext inheritedContext(const std::string& text) {
    LoadContext context;
    const yaml::Document document = yaml::parse(text, "inherited");
    yaml::Report report("inherited");
    report.add(document.findings);
    if (document.root != nullptr) {
        yaml::Reader fields(*document.root, "", report);
        if (const yaml::Node* policies = fields.mapping("retry_policies")) {
            for (const auto& entry : policies->entries) {
                yaml::Reader policy(*entry.value, entry.key, report);
                yaml::readRetryPolicy(policy, context.retryPolicies[entry.key]);
            }
        }
        if (const yaml::Node* retry = fields.mapping("retry")) {
            yaml::Reader policy(*retry, "retry", report);
            yaml::readRetryPolicy(policy, context.defaultRetry);
        }
        fields.read("timeout", context.defaultTimeout);
    }
    if (report.failed())
        throw Error(ErrorCode::StoreCorrupt,
                    "a stored revision inherits what cannot be read: " + report.sorted()[0].text());
    return context;
}

}  // namespace stepd::pipeline
