#pragma once

#include <stepd/step.h>

#include <optional>
#include <string>
#include <string_view>

#include "kit/timestamp.h"

namespace stepd::result_saver {

struct Format {
    bool pretty = true;
    bool includeMeta = true;
    std::size_t maxBytes = 20U << 20U;
};

/// The part of a document that differs between two attempts to save the same result.
struct SaveTime {
    std::string savedAt;  ///< RFC 3339
    std::int64_t durationMs = 0;

    /// Of a document that was rendered before; absent if `text` is none or has no `_meta`.
    static std::optional<SaveTime> of(std::string_view text);
};

/// The document of one run. Its text depends on nothing but what is given here, so that a repeated attempt can tell
/// whether its result is on disk already. Borrows `input`.
class Document {
public:
    /// `input`: {"registration", "linkedin_analysis", "website_analysis", "steps"?}.
    Document(const Json& input, std::string requestId, std::string runId, kit::WallTime runStartedAt, Format format)
        : input_(input),
          requestId_(std::move(requestId)),
          runId_(std::move(runId)),
          runStartedAt_(runStartedAt),
          format_(format) {}

    /// UTF-8 with a final newline, at most `maxBytes`: page texts are cut first, then raw data is left out. Absent if
    /// that is not enough.
    std::optional<std::string> render(const SaveTime& time) const;

private:
    Json build(const SaveTime& time) const;
    std::string text(const Json& json) const;

    const Json& input_;
    const std::string requestId_;
    const std::string runId_;
    const kit::WallTime runStartedAt_;
    const Format format_;
};

}  // namespace stepd::result_saver
