#include "telemetry/log.h"

#include <Poco/AsyncChannel.h>
#include <Poco/AutoPtr.h>
#include <Poco/ConsoleChannel.h>
#include <Poco/Formatter.h>
#include <Poco/FormattingChannel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "base/time.h"

namespace stepd::log {
namespace {

constexpr const char* kLoggerName = "stepd";
constexpr const char* kFields = "fields";

Poco::Message::Priority priorityOf(Level level) {
    switch (level) {
        case Level::Debug: return Poco::Message::PRIO_DEBUG;
        case Level::Info: return Poco::Message::PRIO_INFORMATION;
        case Level::Warning: return Poco::Message::PRIO_WARNING;
        case Level::Error: return Poco::Message::PRIO_ERROR;
        case Level::Fatal: return Poco::Message::PRIO_FATAL;
    }
    return Poco::Message::PRIO_ERROR;
}

Level levelOf(Poco::Message::Priority priority) {
    if (priority <= Poco::Message::PRIO_CRITICAL) return Level::Fatal;
    if (priority <= Poco::Message::PRIO_ERROR) return Level::Error;
    if (priority <= Poco::Message::PRIO_NOTICE) return Level::Warning;
    return priority <= Poco::Message::PRIO_INFORMATION ? Level::Info : Level::Debug;
}

std::string_view nameOf(Level level) {
    constexpr std::array<std::string_view, 5> kNames{"debug", "info", "warning", "error", "fatal"};
    return kNames[static_cast<std::size_t>(level)];
}

/// Poco 1.11 has no JSON formatter.
class LineFormatter final : public Poco::Formatter {
public:
    explicit LineFormatter(Format format) : format_(format) {}
    void format(const Poco::Message& message, std::string& text) override {
        const Timestamp time = fromMicros(message.getTime().epochMicroseconds());
        text = render(format_, toRfc3339(time), levelOf(message.getPriority()), message.getText(),
                      message.get(kFields, ""));
    }

private:
    const Format format_;
};

Poco::AutoPtr<Poco::Channel> formatted(Format format) {
    const Poco::AutoPtr<Poco::Channel> console(new Poco::ConsoleChannel(std::clog));
    const Poco::AutoPtr<Poco::Formatter> formatter(new LineFormatter(format));
    return new Poco::FormattingChannel(formatter, console);
}

/// Before `open`, a program that only uses a module (a test) sees its warnings.
Poco::Logger& logger() {
    static Poco::Logger& instance = []() -> Poco::Logger& {
        Poco::Logger& made = Poco::Logger::get(kLoggerName);
        made.setChannel(formatted(Format::Text));
        made.setLevel(Poco::Message::PRIO_WARNING);
        return made;
    }();
    return instance;
}

}  // namespace

Field::Field(std::string_view label, std::string_view value) : name(label) {
    if (!value.empty()) appendJsonString(json, quotedForLog(value));
}

Field::Field(std::string_view label, bool value) : name(label), json(value ? "true" : "false") {}

Field::Field(std::string_view label, double value) : name(label) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
    json = std::isfinite(value) ? buffer.data() : "null";
}

std::string render(Format format, std::string_view time, Level level, std::string_view message,
                   std::string_view fieldsJson) {
    const std::string quoted = quotedForLog(message);
    std::string line;
    if (format == Format::Text) {
        (((line += time) += ' ') += nameOf(level)) += ' ';
        line += quoted;
        if (!fieldsJson.empty()) (line += ' ') += fieldsJson.substr(1);
        return line;
    }
    ((line += "{\"time\":\"") += time) += "\",\"level\":\"";
    (line += nameOf(level)) += "\",\"message\":";
    appendJsonString(line, quoted);
    (line += fieldsJson) += '}';
    return line;
}

bool wanted(Level level) {
    return logger().is(priorityOf(level));
}

void write(Level level, std::string_view message, Fields fields) {
    Poco::Logger& target = logger();
    const auto priority = priorityOf(level);
    if (!target.is(priority)) return;
    std::string json;
    for (const Field& field : fields) {
        if (field.json.empty()) continue;
        (json += ",\"") += field.name;
        (json += "\":") += field.json;
    }
    Poco::Message line(kLoggerName, std::string(message), priority);
    if (!json.empty()) line.set(kFields, json);
    target.log(line);
}

void open(Level least, Format format) {
    Poco::Logger& target = logger();
    Poco::AutoPtr<Poco::AsyncChannel> async(new Poco::AsyncChannel(formatted(format)));
    async->setProperty("queueSize", "20000");  // beyond it lines are dropped, and their number is said
    async->open();
    target.setChannel(async);
    target.setLevel(priorityOf(least));
}

void close() {
    Poco::Logger& target = logger();
    if (Poco::AutoPtr<Poco::Channel> channel = target.getChannel()) channel->close();
    target.setChannel(formatted(Format::Text));
    target.setLevel(Poco::Message::PRIO_WARNING);
}

}  // namespace stepd::log
