#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::ctl {

/// What is shown to people. Colours only on a terminal, and not where NO_COLOR is set.
enum class Colour { Plain, Good, Bad, Busy, Faint, Bold };

bool onTerminal();

/// Asks a person `QUESTION [y/N]`. Throws Refused where nobody can be asked: then the command needs --yes.
bool confirmed(const std::string& question);

std::string painted(std::string_view text, Colour colour);

/// The colour of a run's or a step's state, and the sign before it.
Colour colourOf(std::string_view state);
std::string_view signOf(std::string_view state);

/// Columns as wide as their longest cell, two spaces apart. The first row is the head.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// `1.2 s`, `340 ms`, `3 m 20 s` between two RFC 3339 times; until now if `end` is empty; empty if `start` is.
std::string elapsed(const std::string& start, const std::string& end);

}  // namespace stepd::ctl
