#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace stepd::log {

enum class Level { Debug, Info, Warning, Error, Fatal };
enum class Format { Json, Text };

/// A named value beside the message: `{"run_id", id}`. Outside text is escaped and cut (hardening R33).
struct Field {
    Field(std::string_view label, std::string_view value);
    Field(std::string_view label, const char* value) : Field(label, std::string_view(value)) {}
    Field(std::string_view label, const std::string& value) : Field(label, std::string_view(value)) {}
    Field(std::string_view label, bool value);
    Field(std::string_view label, double value);
    template <std::integral T>
    Field(std::string_view label, T value) : name(label), json(std::to_string(value)) {}

    std::string_view name;  ///< a literal
    std::string json;
};

using Fields = std::initializer_list<Field>;

/// Sends one line: `{"time":"...","level":"info","message":"...",<fields>}`. An empty text field is left out, so that a
/// line that concerns no run has no run_id. Thread-safe; the line is written by another thread, so it never waits for
/// the terminal or the journal.
void write(Level level, std::string_view message, Fields fields = {});

/// Whether such lines are written at all: to be asked where making the fields would cost, once for each attempt.
bool wanted(Level level);

inline void debug(std::string_view message, Fields fields = {}) {
    write(Level::Debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    write(Level::Info, message, fields);
}
inline void warning(std::string_view message, Fields fields = {}) {
    write(Level::Warning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    write(Level::Error, message, fields);
}
inline void fatal(std::string_view message, Fields fields = {}) {
    write(Level::Fatal, message, fields);
}

/// Lines go to standard error from now on. Without it (in tests) only warnings and worse are written, at once. Starts a
/// thread: call it after a fork. Not thread-safe.
void open(Level least, Format format);
/// Writes what is queued and ends the thread. Safe twice, or without `open`.
void close();

/// The line that `write` sends, without its newline: for tests.
std::string render(Format format, std::string_view time, Level level, std::string_view message,
                   std::string_view fieldsJson);

}  // namespace stepd::log
