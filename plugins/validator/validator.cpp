#include <stepd/step.h>

#include "kit/option_reader.h"
#include "kit/request_id.h"
#include "kit/timestamp.h"
#include "validator/names.h"
#include "validator/sources.h"

namespace stepd::validator {

struct Settings {
    url::Options urls;
    std::size_t maxNameLength = 100;

    explicit Settings(const Json& options) {
        kit::OptionReader reader(options);
        if (reader.oneOf("url_mode", "lenient", {"lenient", "strict"}) == "strict") urls.mode = url::Mode::Strict;
        maxNameLength = static_cast<std::size_t>(reader.number("max_name_length", 100, 1, 10'000));
        urls.maxBytes = static_cast<std::size_t>(reader.number("max_url_bytes", 2083, 8, 65'536));
        if (reader.flag("allow_reserved_hosts", false)) urls.hosts = url::Hosts::Any;
        if (!reader.flag("strip_tracking_params", true)) urls.tracking = url::Tracking::Keep;
        if (const Json* ports = reader.find("allowed_ports")) {
            if (const auto findings = fromJson(*ports, urls.allowedPorts); !findings.empty())
                reader.complain("allowed_ports" + findings.front().path, findings.front().message);
        }
        reader.finish();
    }
};

/// Checks and normalises a registration.
/// in:  {"request_id", "registration_data": {"first_name", "last_name", "company_website"?, "linkedin"?}}
/// out: see README.md; a registration that is not valid ends as `invalid_input`, code `validation_failed`, with all
/// errors in the details.
class Validator final : public Step {
public:
    static constexpr Manifest manifest{"validator", "1.0.0", "Checks and normalises a registration",
                                       Threading::Reentrant};
    static constexpr Capabilities capabilities{.idempotent = true};

    explicit Validator(const Json& options) : settings_(options) {}

    Outcome run(Context& ctx) override {
        Report report;
        const std::string requestId = readRequestId(ctx.input(), report);
        const Json data = readData(ctx.input(), report);
        if (data.is_null()) return refuse(report);
        const std::string firstName = readName(data, "first_name", settings_.maxNameLength, report);
        const std::string lastName = readName(data, "last_name", settings_.maxNameLength, report);
        const Sources sources = readSources(data, settings_.urls, report);
        if (report.failed()) return refuse(report);

        const Json website = sources.websiteJson();
        return done({{"request_id", requestId},
                     {"received_at", kit::rfc3339(ctx.runStartedAt())},
                     {"input_data",
                      {{"first_name", firstName},
                       {"last_name", lastName},
                       {"company_website", website.is_null() ? Json() : website.at("url")},
                       {"linkedin", sources.linkedinUrl()}}},
                     {"website", website},
                     {"linkedin", sources.linkedinJson()},
                     {"warnings", report.warnings()}});
    }

private:
    static std::string readRequestId(const Json& input, Report& report) {
        const Json id = input.is_object() && input.contains("request_id") ? input.at("request_id") : Json();
        if (id.is_null()) {
            report.error("request_id", {"missing_request_id", "the request id is missing"});
            return {};
        }
        if (id.is_string() && kit::isRequestId(id.get_ref<const std::string&>())) return id.get<std::string>();
        report.error("request_id", {"invalid_request_id", "the request id must be 1 to 128 of A-Z a-z 0-9 . _ -"});
        return {};
    }

    /// Null if there is none.
    static Json readData(const Json& input, Report& report) {
        const Json data =
            input.is_object() && input.contains("registration_data") ? input.at("registration_data") : Json();
        if (data.is_object() && !data.empty()) return data;
        report.error("registration_data", {"missing_registration_data", "the registration is missing"});
        return nullptr;
    }

    /// Names fields and codes alone: what the person wrote does not belong into logs.
    static Outcome refuse(const Report& report) {
        std::string sentence = "the registration is not valid:";
        for (const auto& error : report.errors())
            sentence += (sentence.back() == ':' ? " " : ", ") + error.at("field").get<std::string>() + " " +
                        error.at("code").get<std::string>();
        return invalidInput("validation_failed", sentence, {{"errors", report.errors()}});
    }

    const Settings settings_;
};

}  // namespace stepd::validator

STEPD_EXPORT_STEP(stepd::validator::Validator)
