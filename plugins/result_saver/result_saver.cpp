#include <stepd/step.h>

#include <atomic>
#include <filesystem>

#include "kit/request_id.h"
#include "kit/sha256.h"
#include "result_saver/document.h"
#include "result_saver/failure.h"
#include "result_saver/file_mode.h"
#include "result_saver/output_directory.h"
#include "result_saver/sweep.h"

namespace stepd::result_saver {

constexpr const char* kInputSchema = R"({"type": "object", "required": ["registration"], "properties": {
    "registration": {"type": "object", "description": "the output of validator"},
    "linkedin_analysis": {"type": ["object", "null"]}, "website_analysis": {"type": ["object", "null"]}}})";

/// README.md explains each.
struct Options {
    std::string output_dir = "outputs";
    Json file_mode = "0640";
    Json dir_mode = "0750";
    bool pretty = true;
    std::size_t max_bytes = 20U << 20U;
    int retention_days = 90;
    bool fsync = true;
    bool include_meta = true;

    void check(std::vector<Finding>& findings) const {
        constexpr const char* kSentence =
            "must be octal digits such as \"0750\": usable by the owner, not writable by others";
        if (!modeOf(file_mode, 0600)) findings.push_back({"/file_mode", kSentence});
        if (!modeOf(dir_mode, 0700)) findings.push_back({"/dir_mode", kSentence});
    }
};
STEPD_REFLECT(Options, output_dir, file_mode, dir_mode, pretty, max_bytes, retention_days, fsync, include_meta)
STEPD_DESCRIBE(Options, {"output_dir", "made if it is missing; relative to the worker's directory", {.notEmpty = true}},
               {"file_mode", "permissions of files, as octal digits in quotes"},
               {"dir_mode", "permissions of directories that are made, as octal digits in quotes"},
               {"pretty", "two spaces of indent, else one line"},
               {"max_bytes", "of one file", {.minimum = 1024, .maximum = 1 << 30}},
               {"retention_days", "older results are removed; 0 keeps them", {.minimum = 0, .maximum = 36'500}},
               {"fsync", "file and name are on disk when the step is done"}, {"include_meta", "writes `_meta`"});

struct Saved {
    std::string path;
    std::string file;
    std::size_t bytes = 0;
    std::string sha256;
    bool created = false;
};
STEPD_REFLECT(Saved, path, file, bytes, sha256, created)

/// Writes the result of a run as one JSON file.
/// in:  {"registration": output of validator, "linkedin_analysis": object|null, "website_analysis": object|null}
/// out: {"path", "file", "bytes", "sha256", "created"}
class ResultSaver final : public Step {
public:
    static constexpr Manifest manifest{"result_saver",       "1.0.0", "Writes the result of a run as one JSON file",
                                       Threading::Reentrant, {},      kInputSchema};
    static constexpr Capabilities capabilities{.write = {"${options.output_dir}"}, .idempotent = true};

    using Config = Options;
    using Output = Saved;

    explicit ResultSaver(Options options) : options_(std::move(options)) {}

    Outcome run(Context& ctx) override {
        if (ctx.cancelled()) return cancelled();
        const Json& input = ctx.input();
        if (!input.is_object() || !input.contains("registration") || !input.at("registration").is_object())
            return invalidInput("missing_registration", "the input holds no registration");
        const Json& registration = input.at("registration");
        const Json requestId = registration.contains("request_id") ? registration.at("request_id") : Json();
        const std::string id = requestId.is_string() ? requestId.get<std::string>() : std::string();
        if (!kit::isRequestId(id)) return invalidInput("invalid_request_id", "the request id cannot name a file");
        try {
            return save(ctx, id);
        } catch (const std::system_error& error) {
            return outcomeOf(error);
        }
    }

private:
    Outcome save(Context& ctx, const std::string& id) {
        const Format format{options_.pretty, options_.include_meta, options_.max_bytes};
        const Document document(ctx.input(), id, std::string(ctx.runId()), ctx.runStartedAt(), format);
        const auto lasted = std::chrono::floor<std::chrono::milliseconds>(ctx.now() - ctx.runStartedAt());
        const auto text = document.render({kit::rfc3339(ctx.now()), lasted.count()});
        if (!text) return permanent("result_too_large", "the result has more than max_bytes even when cut");

        const OutputDirectory directory(options_.output_dir, *modeOf(options_.dir_mode, 0700));
        sweepSometimes(ctx, directory);
        const auto isSame = [&](std::string_view other) {
            const auto time = SaveTime::of(other);
            return other == *text || (time && document.render(*time) == other);
        };
        const std::string stem = "analysis_" + id + "_" + kit::compactTime(ctx.runStartedAt());
        const Published file =
            directory.publish(stem, *text, {*modeOf(options_.file_mode, 0600), options_.fsync}, isSame);
        return done(toJson(Saved{.path = folderName() + "/" + file.file,
                                 .file = file.file,
                                 .bytes = file.text.size(),
                                 .sha256 = kit::sha256(file.text),
                                 .created = file.created}));
    }

    /// On the first save of this worker and then once a day.
    void sweepSometimes(Context& ctx, const OutputDirectory& directory) {
        const auto today = std::chrono::floor<std::chrono::days>(ctx.now()).time_since_epoch().count();
        if (sweptOn_.exchange(today) == today) return;
        const Swept swept = sweep(directory.descriptor(), ctx.now(), std::chrono::days(options_.retention_days));
        if (swept.temporaries + swept.results > 0)
            ctx.info("removed " + std::to_string(swept.results) + " expired results and " +
                     std::to_string(swept.temporaries) + " abandoned temporary files");
    }

    /// The last part of the directory's path: results are named relative to its parent.
    std::string folderName() const {
        auto path = std::filesystem::absolute(options_.output_dir).lexically_normal();
        if (!path.has_filename()) path = path.parent_path();
        return path.filename().string();
    }

    const Options options_;
    std::atomic<std::int64_t> sweptOn_{-1};
};

}  // namespace stepd::result_saver

STEPD_EXPORT_STEP(stepd::result_saver::ResultSaver)
