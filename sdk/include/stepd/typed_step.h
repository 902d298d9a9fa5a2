#pragma once

#include <variant>

#include <stepd/config.h>
#include <stepd/step.h>

namespace stepd {

/// Reads `json` into `out` and returns what does not fit; empty: all is well. Unknown keys are left alone.
template <typename T>
std::vector<Finding> fromJson(const Json& json, T& out) {
    detail::Reading reading;
    detail::Codec<T>::read(json, out, "", reading);
    return std::move(reading.findings);
}

template <typename T>
Json toJson(const T& value) {
    return detail::Codec<T>::write(value);
}

/// JSON Schema (2020-12) of what `fromJson` reads.
template <typename T>
Json schemaOf() {
    return detail::Codec<T>::schema(detail::Use::Input);
}

/// A step whose input and output are structs. Input that does not fit ends the call as `invalid_input`, with all
/// findings in the details, before `execute` is called. With a `ConfigStruct` its constructor takes one, as
/// `readConfig` reads it; any step may have that by `using Config = ...`. The schemas come from the structs.
template <typename In, typename Out, typename ConfigStruct = void>
class TypedStep : public Step {
public:
    using Input = In;
    using Output = Out;
    using Config = ConfigStruct;
    /// The output, or an outcome of any other class.
    using Answer = std::variant<Out, Outcome>;
    virtual Answer execute(const In& input, Context& ctx) = 0;

    Outcome run(Context& ctx) final {
        In input{};
        if (const auto findings = fromJson(ctx.input(), input); !findings.empty()) return refuse(findings);
        Answer answer = execute(input, ctx);
        if (auto* outcome = std::get_if<Outcome>(&answer)) return std::move(*outcome);
        return done(toJson(std::get<Out>(answer)));
    }

private:
    static Outcome refuse(const std::vector<Finding>& findings) {
        Json list = Json::array();
        for (const auto& finding : findings) list.push_back({{"path", finding.path}, {"message", finding.message}});
        const std::string where = findings.front().path.empty() ? "the input" : findings.front().path;
        return invalidInput("invalid_input", where + " " + findings.front().message, {{"findings", list}});
    }
};

}  // namespace stepd
