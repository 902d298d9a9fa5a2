#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/sandbox.h"
#include "host/wire.h"
#include "model/fetch.h"
#include "model/outcome.h"
#include "model/plugin_rules.h"

namespace stepd::host {

/// What is said between the host and a worker. Each message is the body of one frame.
enum class FrameType : std::uint16_t {
    // To the worker:
    Load = 1,         ///< first and once
    Call = 2,         ///< work; its frame's token names it from then on
    Cancel = 3,       ///< of a call
    HttpReply = 4,    ///< to an HttpRequest of a call
    SecretReply = 5,  ///< to a SecretRequest of a call
    Measure = 6,      ///< what has the call used so far? Not answered once it has ended
    // To the host:
    Hello = 64,       ///< the plugin is loaded
    LoadFailed = 65,  ///< it is not; the worker ends
    Result = 66,      ///< last of a call
    Log = 67,
    Progress = 68,
    HttpRequest = 69,
    SecretRequest = 70,
    Confined = 71,   ///< before Hello: the sandbox that the plugin is loaded into
    LastWords = 72,  ///< why the worker ends; nothing follows
    Measured = 75,   ///< to a Measure
};

struct LoadMessage {
    std::uint32_t threads = 1;         ///< calls at once, if the plugin allows it
    std::uint64_t maxOutputBytes = 0;  ///< of one result
    std::uint32_t instances = 8;       ///< kept per thread, one for each configuration
    PluginLimits limits;               ///< those of a worker it puts on itself before it loads the plugin
    SandboxOrder sandbox;
    std::vector<std::string> program;  ///< of an exec plugin: its path and arguments

    void fields(auto& io) {
        io.number(threads);
        io.number(maxOutputBytes);
        io.number(instances);
        limitFields(io);
        sandbox.fields(io);
        io.list(program, [&](std::string& word) { io.bytes(word); });
    }

private:
    void limitFields(WireWriter& io) {
        std::int64_t cpu = limits.cpu.count();
        allLimits(io, cpu);
    }
    void limitFields(WireReader& io) {
        std::int64_t cpu = 0;
        allLimits(io, cpu);
        limits.cpu = Duration(cpu);
    }
    void allLimits(auto& io, std::int64_t& cpu) {
        io.number(limits.memoryBytes);
        io.number(limits.threads);
        io.number(limits.fileBytes);
        io.number(cpu);
        io.number(limits.outputBytes);
        io.number(limits.hostCalls);
    }
};

struct StepDescription {
    std::string type;
    std::string summary;
    std::int32_t threading = 0;  ///< STEPD_SERIAL ... of the ABI
    std::string configSchema;    ///< JSON text, or empty; so are the next two
    std::string inputSchema;
    std::string outputSchema;
    std::string capabilities;  ///< what it asks for, JSON text as the ABI has it; empty: it does not say

    void fields(auto& io) {
        io.text(type);
        io.text(summary);
        io.number(threading);
        io.text(configSchema);
        io.text(inputSchema);
        io.text(outputSchema);
        io.text(capabilities);
    }
};

/// What a plugin says about itself.
struct PluginDescription {
    std::string name;
    std::string version;
    std::string license;
    std::string sourceUrl;
    std::string sdk;
    std::string vendorTag;
    std::uint16_t abiMajor = 0;
    std::uint16_t abiMinor = 0;
    std::vector<StepDescription> steps;
    /// Names the build that is loaded (build_id.h). The host reads it from the file: what a plugin says is not asked.
    std::string buildId;

    /// How many calls one worker takes at once, of `wanted`: one if any step type is serial.
    std::uint32_t callsAtOnce(std::uint32_t wanted) const;

    void fields(auto& io) {
        io.text(name);
        io.text(version);
        io.text(license);
        io.text(sourceUrl);
        io.text(sdk);
        io.text(vendorTag);
        io.number(abiMajor);
        io.number(abiMinor);
        io.list(steps, [&](StepDescription& step) { step.fields(io); });
    }
};

struct LoadFailedMessage {
    std::string sentence;
    void fields(auto& io) { io.text(sentence); }
};

struct LastWordsMessage {
    std::string sentence;  ///< its end, after the worker's name
    void fields(auto& io) { io.text(sentence); }
};

enum class CallKind : std::int32_t { Execute = 0, ValidateConfig = 1, Health = 2 };

/// `Text` is std::string, or std::string_view for one that is only written.
template <typename Text>
struct BasicCallMessage {
    CallKind kind = CallKind::Execute;
    Text step;
    Text config;
    Text input;
    Text runId, eventId, stepId, idempotencyKey, resumeToken, previousError;
    std::int32_t attempt = 1;
    std::int32_t attemptsLeft = 0;
    std::int64_t runStartedNs = 0;
    std::int64_t deadlineNs = 0;  ///< CLOCK_MONOTONIC

    void fields(auto& io) {
        io.choice(kind, CallKind::Health);
        for (auto* text :
             {&step, &config, &input, &runId, &eventId, &stepId, &idempotencyKey, &resumeToken, &previousError})
            io.text(*text);
        io.number(attempt);
        io.number(attemptsLeft);
        io.number(runStartedNs);
        io.number(deadlineNs);
    }
};
using CallMessage = BasicCallMessage<std::string>;
using CallView = BasicCallMessage<std::string_view>;

struct CancelMessage {
    std::int32_t reason = 1;
    void fields(auto& io) { io.number(reason); }
};

/// The longest texts of a result: code and message; details and resume token.
inline constexpr std::uint64_t kMaxTextBytes = 64U << 10;
inline constexpr std::uint64_t kMaxDetailsBytes = 1U << 20;

/// What a call has used where it is executed, see runtime/usage_clock.h.
struct Usage {
    std::int64_t cpuNs = 0;
    std::uint64_t peakRss = 0;  ///< bytes, of the whole worker; 0: not known

    void fields(auto& io) {
        io.number(cpuNs);
        io.number(peakRss);
    }
};

struct MeasureMessage {
    void fields(auto&) {}
};

/// Of an Execute: the class, and what belongs to it. Of a ValidateConfig: likewise, without output. Of a Health: class
/// Ok and {"status", "message", "details"}.
struct ResultMessage {
    std::int32_t outcome = 0;
    std::string output;
    std::string code;
    std::string message;
    std::string details;
    std::int64_t retryAfterNs = -1;
    std::string resumeToken;
    Usage usage;

    void fields(auto& io) {
        io.number(outcome);
        for (auto* text : {&output, &code, &message, &details}) io.text(*text);
        io.number(retryAfterNs);
        io.text(resumeToken);
        usage.fields(io);
    }
};

struct LogMessage {
    std::int32_t level = 1;
    std::string text;
    void fields(auto& io) {
        io.number(level);
        io.text(text);
    }
};

struct ProgressMessage {
    double fraction = -1;
    std::string text;
    void fields(auto& io) {
        io.number(fraction);
        io.text(text);
    }
};

void pairFields(auto& io, std::vector<std::pair<std::string, std::string>>& pairs) {
    io.list(pairs, [&](auto& pair) {
        io.bytes(pair.first);
        io.bytes(pair.second);
    });
}

/// One batch; each request is answered by an HttpReply of its own.
struct HttpRequestMessage {
    std::uint64_t batch = 0;
    std::uint32_t maxParallel = 0;  ///< 0: as many as the host allows
    std::vector<FetchRequest> requests;

    void fields(auto& io) {
        io.number(batch);
        io.number(maxParallel);
        io.list(requests, [&](FetchRequest& request) { requestFields(io, request); });
    }

private:
    static void requestFields(WireWriter& io, FetchRequest& request) {
        std::int64_t timeout = request.timeout.count(), connect = request.connectTimeout.count();
        all(io, request, timeout, connect);
    }
    static void requestFields(WireReader& io, FetchRequest& request) {
        std::int64_t timeout = 0, connect = 0;
        all(io, request, timeout, connect);
        request.timeout = Duration(timeout);
        request.connectTimeout = Duration(connect);
    }
    static void all(auto& io, FetchRequest& request, std::int64_t& timeout, std::int64_t& connect) {
        io.bytes(request.method);
        io.bytes(request.url);
        pairFields(io, request.headers);
        io.bytes(request.body);
        io.number(timeout);
        io.number(connect);
        io.number(request.maxRedirects);
        io.number(request.maxBodyBytes);
        io.flag(request.truncateBody);
    }
};

struct HttpReplyMessage {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;  ///< of the request in its batch
    std::string failure;      ///< empty, or the word of a FetchFailure
    std::string message;
    std::int32_t status = 0;
    std::string finalUrl;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool truncated = false;
    std::vector<std::string> redirects;
    std::int64_t elapsedNs = 0;

    void fields(auto& io) {
        io.number(batch);
        io.number(index);
        io.bytes(failure);
        io.bytes(message);
        io.number(status);
        io.bytes(finalUrl);
        pairFields(io, headers);
        io.bytes(body);
        io.flag(truncated);
        io.list(redirects, [&](std::string& url) { io.bytes(url); });
        io.number(elapsedNs);
    }
};

struct SecretRequestMessage {
    std::uint64_t id = 0;
    std::string name;
    void fields(auto& io) {
        io.number(id);
        io.text(name);
    }
};

struct SecretReplyMessage {
    std::uint64_t id = 0;
    bool found = false;
    std::string value;
    void fields(auto& io) {
        io.number(id);
        io.flag(found);
        io.bytes(value);
    }
};

template <typename Message>
std::string encode(Message message) {
    std::string body;
    WireWriter writer(body);
    message.fields(writer);
    return body;
}

/// Absent if `body` is not exactly one message of that kind.
template <typename Message>
std::optional<Message> decode(std::string_view body) {
    WireReader reader(body);
    Message message;
    message.fields(reader);
    if (!reader.complete()) return std::nullopt;
    return message;
}

}  // namespace stepd::host
