#include "worker/exec_messages.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/base64.h"
#include "base/text.h"
#include "json/json_text.h"
#include "json/writer.h"
#include "worker/exec_fields.h"

namespace stepd::worker {
namespace {

constexpr std::int64_t kProtocol = 1;
constexpr std::int64_t kMaxMilliseconds = 365LL * 24 * 3600 * 1000;
constexpr std::int64_t kMaxId = 1LL << 53;  // whole in a double, which is what JSON numbers are to many
/// What passes through is judged where it goes, so here it is enough that no frame can exhaust us.
constexpr json::Limits kFrameLimits{.depth = 256, .nodes = 64U << 20};
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 6> kReasons{"", "user", "timeout", "shutdown", "superseded", "lease_lost"};

std::string_view textOf(stepd_str text) {
    return {text.ptr, text.len};
}

Duration milliseconds(double number) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(number));
}

ExecFields frameOf(std::string_view frame) {
    if (const auto checked = json::check(frame, kFrameLimits); !checked.kind)
        throw BadFrame{"sent a frame that is " + checked.problem.message};
    return {frame, "a frame"};
}

ProgramHello::Step stepOf(std::string_view json) {
    ExecFields fields(json, "a step type");
    ProgramHello::Step step;
    step.type = fields.required("type");
    step.summary = fields.text("summary");
    step.configSchema = fields.raw("config_schema");
    step.inputSchema = fields.raw("input_schema");
    step.outputSchema = fields.raw("output_schema");
    const auto threading = fields.text("threading");
    if (!threading.empty() && threading != "serial" && threading != "reentrant")
        fields.refuse("threading", "is neither serial nor reentrant");
    step.threading = threading == "reentrant" ? STEPD_REENTRANT : STEPD_SERIAL;
    step.checks = fields.flag("checks");
    step.health = fields.flag("health");
    fields.finish();
    return step;
}

std::string bodyOf(ExecFields& fields) {
    auto body = fields.text("body");
    const auto encoded = fields.text("body_base64");
    if (encoded.empty()) return body;
    auto octets = fromBase64(encoded);
    if (!octets || !body.empty()) fields.refuse("body_base64", "is no base64, or there is a `body` too");
    return std::move(*octets);
}

FetchRequest requestOf(std::string_view json) {
    ExecFields fields(json, "a request");
    FetchRequest request;
    if (const auto method = fields.text("method"); !method.empty()) request.method = method;
    request.url = fields.required("url");
    for (const auto item : fields.items("headers")) {
        const auto pair = json::itemsOf(item);
        const auto name = pair && pair->size() == 2 ? json::stringOf((*pair)[0]) : std::nullopt;
        const auto value = name ? json::stringOf((*pair)[1]) : std::nullopt;
        if (!value) fields.refuse("headers", R"(is no list of ["name", "value"])");
        request.headers.emplace_back(*name, *value);
    }
    request.body = bodyOf(fields);
    const auto time = [&](std::string_view name, Duration absent) {
        const auto ms = fields.whole(name, absent / 1ms, 1, kMaxMilliseconds);
        return Duration(std::chrono::milliseconds(ms));
    };
    request.timeout = time("timeout_ms", request.timeout);
    request.connectTimeout = time("connect_timeout_ms", request.connectTimeout);
    request.maxRedirects = static_cast<std::int32_t>(fields.whole("max_redirects", request.maxRedirects, 0, 100));
    request.maxBodyBytes = static_cast<std::uint64_t>(
        fields.whole("max_body_bytes", static_cast<std::int64_t>(request.maxBodyBytes), 0, 1LL << 32));
    request.truncateBody = fields.flag("truncate_body");
    fields.finish();
    return request;
}

ProgramResult resultOf(ExecFields& fields) {
    ProgramResult result;
    result.outcome = fields.required("class");
    result.output = fields.raw("output");
    result.code = fields.text("code");
    result.message = fields.text("message");
    result.details = fields.raw("details");
    result.resumeToken = fields.text("resume_token");
    if (const double ms = fields.number("retry_after_ms", -1); ms >= 0)
        result.retryAfter = milliseconds(std::min(ms, static_cast<double>(kMaxMilliseconds)));
    return result;
}

ProgramLog logOf(ExecFields& fields) {
    ProgramLog line{.text = fields.text("text")};
    const auto level = fields.text("level");
    const auto known = std::find(kLevels.begin(), kLevels.end(), level);
    if (known == kLevels.end() && !level.empty()) fields.refuse("level", "is none of debug, info, warn, error");
    if (known != kLevels.end()) line.level = static_cast<std::int32_t>(known - kLevels.begin());
    return line;
}

ProgramFetch fetchOf(ExecFields& fields) {
    ProgramFetch fetch;
    fetch.id = static_cast<std::uint64_t>(fields.whole("id", 0, 0, kMaxId));
    fetch.maxParallel = static_cast<std::uint32_t>(fields.whole("max_parallel", 0, 0, 10'000));
    for (const auto item : fields.items("requests")) fetch.requests.push_back(requestOf(item));
    if (fetch.requests.empty()) fields.refuse("requests", "is empty");
    return fetch;
}

decltype(ProgramWord::what) whatOf(const std::string& type, ExecFields& fields) {
    if (type == "result") return resultOf(fields);
    if (type == "log") return logOf(fields);
    if (type == "progress") return ProgramProgress{fields.number("fraction", -1), fields.text("text")};
    if (type == "http") return fetchOf(fields);
    if (type == "secret")
        return ProgramSecret{static_cast<std::uint64_t>(fields.whole("id", 0, 0, kMaxId)), fields.required("name")};
    throw BadFrame{"sent a frame of the unknown type `" + quotedForLog(type) + "`"};
}

}  // namespace

Result<ProgramHello, std::string> readHello(std::string_view frame) {
    using Hello = Result<ProgramHello, std::string>;
    try {
        ExecFields fields = frameOf(frame);
        if (fields.required("type") != "hello") return Hello::failure("did not begin with a hello");
        if (fields.whole("protocol", kProtocol, 0, kMaxId) != kProtocol)
            fields.refuse("protocol", "is not " + std::to_string(kProtocol) + ", the one that this stepd speaks");
        ProgramHello hello{.name = fields.required("name"),
                           .version = fields.text("version"),
                           .license = fields.text("license"),
                           .sourceUrl = fields.text("source_url"),
                           .sdk = fields.text("sdk"),
                           .steps = {}};
        for (const auto item : fields.items("steps")) hello.steps.push_back(stepOf(item));
        fields.finish();
        return hello;
    } catch (const BadFrame& bad) {
        return Hello::failure(bad.sentence);
    }
}

Result<ProgramWord, std::string> readWord(std::string_view frame) {
    try {
        ExecFields fields = frameOf(frame);
        const std::string type = fields.required("type");
        ProgramWord word{static_cast<std::uint64_t>(fields.whole("call", 0, 0, kMaxId)), whatOf(type, fields)};
        fields.finish();
        return word;
    } catch (const BadFrame& bad) {
        return Result<ProgramWord, std::string>::failure(bad.sentence);
    }
}

std::string callText(const ProgramCall& call, const stepd_ctx_v1& ctx) {
    json::Writer out;
    out.beginObject().key("type").string(call.type).key("call").number(call.call).key("step").string(call.step);
    out.key("config").raw(call.config);
    out.key("timeout_ms").number(std::max<std::int64_t>(0, ctx.deadline_ns - call.nowNs) / 1'000'000);
    if (call.type == "call") {
        out.key("input").raw(call.input);
        out.field("run_id", textOf(ctx.run_id)).field("event_id", textOf(ctx.event_id));
        out.field("step_id", textOf(ctx.step_id)).field("idempotency_key", textOf(ctx.idempotency_key));
        out.key("attempt").number(ctx.attempt).key("attempts_left").number(ctx.attempts_left);
        out.field("resume_token", textOf(ctx.resume_token));
        out.key("previous_error").raw(textOf(ctx.previous_error));
        out.key("run_started_ms").number(ctx.run_started_ns / 1'000'000);
    }
    return out.endObject().take();
}

std::string cancelText(std::uint64_t call, std::int32_t reason) {
    const auto known = static_cast<std::size_t>(reason);
    json::Writer out;
    out.beginObject().key("type").string("cancel").key("call").number(call);
    out.key("reason").string(known < kReasons.size() ? kReasons.at(known) : "");
    return out.endObject().take();
}

std::string fetchedText(std::uint64_t call, std::uint64_t id, const stepd_http_reply_v1* const* replies,
                        std::size_t count) {
    json::Writer out;
    out.beginObject().key("type").string("http").key("call").number(call).key("id").number(id);
    out.key("replies").beginArray();
    for (std::size_t i = 0; i < count; ++i) {
        const stepd_http_reply_v1& reply = *replies[i];
        out.beginObject().key("status").number(reply.status);
        out.field("failure", textOf(reply.failure)).field("message", textOf(reply.message));
        out.key("final_url").string(textOf(reply.final_url));
        out.key("headers").beginArray();
        for (std::uint64_t header = 0; header < reply.header_count; ++header)
            out.beginArray()
                .string(textOf(reply.headers[2 * header]))
                .string(textOf(reply.headers[2 * header + 1]))
                .endArray();
        out.endArray().key("redirects").beginArray();
        for (std::uint64_t hop = 0; hop < reply.redirect_count; ++hop) out.string(textOf(reply.redirects[hop]));
        out.endArray();
        const auto body = textOf(reply.body);
        isUtf8(body) ? out.key("body").string(body) : out.key("body_base64").string(toBase64(body));
        out.key("truncated").boolean((reply.flags & STEPD_HTTP_TRUNCATED) != 0);
        out.key("elapsed_ms").number(reply.elapsed_ns / 1'000'000).endObject();
    }
    return out.endArray().endObject().take();
}

std::string secretText(std::uint64_t call, std::uint64_t id, const stepd_str* value) {
    json::Writer out;
    out.beginObject().key("type").string("secret").key("call").number(call).key("id").number(id).key("value");
    value == nullptr ? out.null() : out.string(textOf(*value));
    return out.endObject().take();
}

}  // namespace stepd::worker
