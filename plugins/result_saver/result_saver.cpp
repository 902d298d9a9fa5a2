#include <stepd/step.h>

#include <atomic>
#include <filesystem>

#include "kit/option_reader.h"
#include "kit/request_id.h"
#include "kit/sha256.h"
#include "result_saver/document.h"
#include "result_saver/failure.h"
#include "result_saver/file_mode.h"
#include "result_saver/output_directory.h"
#include "result_saver/sweep.h"

namespace stepd::result_saver {

struct Settings {
    std::string outputDir;
    mode_t dirMode = 0750;
    WriteOptions write;
    Format format;
    std::chrono::days retention{90};

    explicit Settings(const Json& options) {
        kit::OptionReader reader(options);
        outputDir = reader.text("output_dir", "outputs");
        if (outputDir.empty()) reader.complain("output_dir", "must not be empty");
        dirMode = readMode(reader, "dir_mode", 0750, 0700);
        write.fileMode = readMode(reader, "file_mode", 0640, 0600);
        write.fsync = reader.flag("fsync", true);
        format.pretty = reader.flag("pretty", true);
        format.includeMeta = reader.flag("include_meta", true);
        format.maxBytes = static_cast<std::size_t>(reader.number("max_bytes", 20 << 20, 1024, 1 << 30));
        retention = std::chrono::days(reader.number("retention_days", 90, 0, 36'500));
        reader.finish();
    }
};

/// Writes the result of a run as one JSON file.
/// in:  {"registration": output of validator, "linkedin_analysis": object|null, "website_analysis": object|null}
/// out: {"path", "file", "bytes", "sha256", "created"}
class ResultSaver final : public Step {
public:
    static constexpr Manifest manifest{"result_saver", "1.0.0", "Writes the result of a run as one JSON file",
                                       Threading::Reentrant};
    static constexpr Capabilities capabilities{.write = {"${options.output_dir}"}, .idempotent = true};

    explicit ResultSaver(const Json& options) : settings_(options) {}

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
        const Document document(ctx.input(), id, std::string(ctx.runId()), ctx.runStartedAt(), settings_.format);
        const auto lasted = std::chrono::floor<std::chrono::milliseconds>(ctx.now() - ctx.runStartedAt());
        const auto text = document.render({kit::rfc3339(ctx.now()), lasted.count()});
        if (!text) return permanent("result_too_large", "the result has more than max_bytes even when cut");

        const OutputDirectory directory(settings_.outputDir, settings_.dirMode);
        sweepSometimes(ctx, directory);
        const auto isSame = [&](std::string_view other) {
            const auto time = SaveTime::of(other);
            return other == *text || (time && document.render(*time) == other);
        };
        const std::string stem = "analysis_" + id + "_" + kit::compactTime(ctx.runStartedAt());
        const Published file = directory.publish(stem, *text, settings_.write, isSame);
        return done({{"path", folderName() + "/" + file.file},
                     {"file", file.file},
                     {"bytes", file.text.size()},
                     {"sha256", kit::sha256(file.text)},
                     {"created", file.created}});
    }

    /// On the first save of this worker and then once a day.
    void sweepSometimes(Context& ctx, const OutputDirectory& directory) {
        const auto today = std::chrono::floor<std::chrono::days>(ctx.now()).time_since_epoch().count();
        if (sweptOn_.exchange(today) == today) return;
        const Swept swept = sweep(directory.descriptor(), ctx.now(), settings_.retention);
        if (swept.temporaries + swept.results > 0)
            ctx.info("removed " + std::to_string(swept.results) + " expired results and " +
                     std::to_string(swept.temporaries) + " abandoned temporary files");
    }

    /// The last part of the directory's path: results are named relative to its parent.
    std::string folderName() const {
        auto path = std::filesystem::absolute(settings_.outputDir).lexically_normal();
        if (!path.has_filename()) path = path.parent_path();
        return path.filename().string();
    }

    const Settings settings_;
    std::atomic<std::int64_t> sweptOn_{-1};
};

}  // namespace stepd::result_saver

STEPD_EXPORT_STEP(stepd::result_saver::ResultSaver)
