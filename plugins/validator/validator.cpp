#include <stepd/step.h>

#include "kit/request_id.h"
#include "kit/timestamp.h"
#include "validator/names.h"
#include "validator/schemas.h"
#include "validator/sources.h"

namespace stepd::validator {

/// README.md explains each.
struct Options {
    std::string url_mode = "lenient";
    std::size_t max_name_length = 100;
    std::size_t max_url_bytes = 2083;
    std::vector<int> allowed_ports{80, 443, 8080, 8443};
    bool allow_reserved_hosts = false;
    bool strip_tracking_params = true;

    url::Options urls() const {
        return {.mode = url_mode == "strict" ? url::Mode::Strict : url::Mode::Lenient,
                .maxBytes = max_url_bytes,
                .allowedPorts = allowed_ports,
                .hosts = allow_reserved_hosts ? url::Hosts::Any : url::Hosts::PublicOnly,
                .tracking = strip_tracking_params ? url::Tracking::Strip : url::Tracking::Keep};
    }
};
STEPD_REFLECT(Options, url_mode, max_name_length, max_url_bytes, allowed_ports, allow_reserved_hosts,
              strip_tracking_params)
STEPD_DESCRIBE(Options, {"url_mode", "lenient repairs, strict refuses", {.oneOf = {"lenient", "strict"}}},
               {"max_name_length", "in code points; longer names are refused", {.minimum = 1, .maximum = 10'000}},
               {"max_url_bytes", "longer URLs are refused", {.minimum = 8, .maximum = 65'536}},
               {"allowed_ports", "of websites"},
               {"allow_reserved_hosts", "tests only: IP addresses, localhost, names that are not public, any port"},
               {"strip_tracking_params", "removes utm_*, gclid, fbclid and their like"});

/// Checks and normalises a registration.
/// in:  {"request_id", "registration_data": {"first_name", "last_name", "company_website"?, "linkedin"?}}
/// out: see README.md; a registration that is not valid ends as `invalid_input`, code `validation_failed`, with all
/// errors in the details.
class Validator final : public Step {
public:
    static constexpr Manifest manifest{"validator",          "1.0.0", "Checks and normalises a registration",
                                       Threading::Reentrant, {},      kInputSchema,
                                       kOutputSchema};
    static constexpr Capabilities capabilities{.idempotent = true};

    using Config = Options;

    explicit Validator(const Options& options) : maxNameLength_(options.max_name_length), urls_(options.urls()) {}

    Outcome run(Context& ctx) override {
        Report report;
        const std::string requestId = readRequestId(ctx.input(), report);
        const Json data = readData(ctx.input(), report);
        if (data.is_null()) return refuse(report);
        const std::string firstName = readName(data, "first_name", maxNameLength_, report);
        const std::string lastName = readName(data, "last_name", maxNameLength_, report);
        const Sources sources = readSources(data, urls_, report);
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

    const std::size_t maxNameLength_;
    const url::Options urls_;
};

}  // namespace stepd::validator

STEPD_EXPORT_STEP(stepd::validator::Validator)
