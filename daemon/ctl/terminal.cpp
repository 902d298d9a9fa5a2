#include "ctl/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "base/system_clock.h"
#include "ctl/client.h"
#include "ctl/plain_output.h"

namespace stepd::ctl {
namespace {

/// Characters of UTF-8, near enough to columns for ids and states.
std::size_t widthOf(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string formatted(const char* format, double value) {
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), format, value);
    return out.data();
}

}  // namespace

bool onTerminal() {
    static const bool terminal = isatty(STDOUT_FILENO) == 1;
    return terminal;
}

bool confirmed(const std::string& question) {
    if (!onTerminal() || isatty(STDIN_FILENO) != 1) throw Refused(question + " Say --yes where nobody can be asked.");
    std::cout << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::string painted(std::string_view text, Colour colour) {
    static const bool colours = onTerminal() && std::getenv("NO_COLOR") == nullptr;
    constexpr std::array kCodes{Control::Reset, Control::Green, Control::Red,
                                Control::Cyan,  Control::Faint, Control::Bold};
    if (!colours || colour == Colour::Plain) return std::string(text);
    return code(kCodes[static_cast<std::size_t>(colour)]) + std::string(text) + code(Control::Reset);
}

Colour colourOf(std::string_view state) {
    if (state == "completed" || state == "ready" || state == "healthy") return Colour::Good;
    if (state == "failed" || state == "quarantined" || state == "broken" || state == "unhealthy") return Colour::Bad;
    if (state == "running" || state == "waiting" || state == "loading" || state == "limited") return Colour::Busy;
    return Colour::Faint;
}

std::string_view signOf(std::string_view state) {
    if (state == "completed") return "✓";
    if (state == "failed" || state == "quarantined") return "✗";
    if (state == "running") return "●";
    if (state == "waiting") return "◌";
    if (state == "skipped" || state == "cancelled") return "–";
    return "·";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (widths.size() <= i) widths.push_back(0);
            widths[i] = std::max(widths[i], widthOf(row[i]));
        }
    std::string out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t i = 0; i < rows[r].size(); ++i) {
            const std::string& cell = rows[r][i];
            out += painted(cell, r == 0 ? Colour::Bold : colourOf(cell));
            if (i + 1 < rows[r].size()) out += std::string(widths[i] - widthOf(cell) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string elapsed(const std::string& start, const std::string& end) {
    const auto from = parseRfc3339(start);
    if (!from) return {};
    const auto to = parseRfc3339(end).value_or(SystemClock().now());
    const double seconds = std::max(0.0, std::chrono::duration<double>(to - *from).count());
    if (seconds < 1) return formatted("%.0f ms", seconds * 1000);
    if (seconds < 60) return formatted("%.1f s", seconds);
    return formatted("%.0f m ", static_cast<double>(static_cast<long>(seconds) / 60)) +
           formatted("%.0f s", static_cast<double>(static_cast<long>(seconds) % 60));
}

}  // namespace stepd::ctl
