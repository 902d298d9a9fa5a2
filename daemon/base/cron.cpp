#include "base/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace stepd {
namespace {

using Problem = std::optional<CronProblem>;
using Names = std::vector<std::string_view>;

struct Field {
    const char* name;
    unsigned least;
    unsigned most;
    Names names;  ///< of `least` and what follows
};

const std::array<Field, 5>& fields() {
    static const std::array<Field, 5> kFields = {{
        {"minute", 0, 59, {}},
        {"hour", 0, 23, {}},
        {"day of month", 1, 31, {}},
        {"month", 1, 12, {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
        {"day of week", 0, 7, {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
    }};
    return kFields;
}

/// Part of the expression, and where it begins.
struct Piece {
    std::string_view text;
    std::size_t column;

    std::pair<Piece, std::optional<Piece>> cut(char separator) const {
        const std::size_t at = text.find(separator);
        if (at == std::string_view::npos) return {*this, std::nullopt};
        return {{text.substr(0, at), column}, Piece{text.substr(at + 1), column + at + 1}};
    }
};

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

std::string rangeOf(const Field& field) {
    std::string out = std::to_string(field.least) + "-" + std::to_string(field.most);
    if (!field.names.empty()) out += " or " + std::string(field.names.front()) + "-" + std::string(field.names.back());
    return out;
}

/// Reads one field into a set of numbers.
class FieldReader {
public:
    explicit FieldReader(const Field& field) : field_(field) {}

    Problem read(Piece text) {
        for (std::optional<Piece> rest = text; rest;) {
            const auto [element, behind] = rest->cut(',');
            if (auto problem = readElement(element)) return problem;
            rest = behind;
        }
        return std::nullopt;
    }
    const std::bitset<60>& numbers() const { return numbers_; }

private:
    Problem readElement(Piece element) {
        const auto [range, stepText] = element.cut('/');
        const bool week = field_.names.size() == 7;
        unsigned first = field_.least;
        // Sunday has two numbers, but a step over the whole week counts seven days.
        unsigned last = week ? 6 : field_.most;
        if (range.text != "*") {
            const auto [from, to] = range.cut('-');
            if (auto problem = readNumber(from, first)) return problem;
            if (!to) last = stepText ? std::max(first, last) : first;
            if (to)
                if (auto problem = readNumber(*to, last)) return problem;
            if (to && week && upper(to->text) == "SUN") last = 7;
            if (first > last)
                return CronProblem{range.column, "the range " + quoted(range.text) + " runs backwards",
                                   "write two, with a comma between"};
        }
        unsigned step = 1;
        if (stepText)
            if (auto problem = readStep(*stepText, last - first, step)) return problem;
        for (unsigned number = first; number <= last; number += step) numbers_.set(number);
        return std::nullopt;
    }

    Problem readNumber(Piece piece, unsigned& number) const {
        const std::string word = upper(piece.text);
        const auto named = std::find(field_.names.begin(), field_.names.end(), word);
        if (named != field_.names.end()) {
            number = field_.least + static_cast<unsigned>(named - field_.names.begin());
            return std::nullopt;
        }
        if (readDigits(piece.text, number) && number >= field_.least && number <= field_.most) return std::nullopt;
        const std::string what = piece.text.empty() ? "a number is missing" : quoted(piece.text) + " is not possible";
        return CronProblem{piece.column, what + " as " + field_.name, "it takes " + rangeOf(field_)};
    }

    Problem readStep(Piece piece, unsigned width, unsigned& step) const {
        if (readDigits(piece.text, step) && step >= 1 && step <= std::max(width, 1U)) return std::nullopt;
        return CronProblem{piece.column, quoted(piece.text) + " is no step for " + field_.name,
                           "a step is 1 to " + std::to_string(std::max(width, 1U)) + " here"};
    }

    static bool readDigits(std::string_view text, unsigned& number) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        return read.ec == std::errc() && read.ptr == text.data() + text.size();
    }

    const Field& field_;
    std::bitset<60> numbers_;
};

std::vector<Piece> piecesOf(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    std::vector<Piece> pieces;
    for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
        pieces.push_back({text.substr(at, end - at), at + 1});
        at = text.find_first_not_of(kBlanks, end);
    }
    return pieces;
}

/// What other programs take in place of five fields.
Problem foreignForm(const std::vector<Piece>& pieces) {
    static constexpr std::pair<std::string_view, std::string_view> kDescriptors[] = {
        {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
        {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};
    if (pieces.empty()) return CronProblem{1, "the cron expression is empty", "write five fields: 0 3 * * *"};
    const Piece& first = pieces.front();
    if (first.text.starts_with("TZ=") || first.text.starts_with("CRON_TZ=")) {
        const std::string zone(first.text.substr(first.text.find('=') + 1));
        return CronProblem{first.column, "a cron expression has no time zone", "write `timezone: " + zone + "`"};
    }
    if (!first.text.starts_with("@")) return std::nullopt;
    std::string hint = "write five fields: */5 * * * *";
    for (const auto& [word, meaning] : kDescriptors)
        if (first.text == word) hint = "write " + quoted(meaning);
    return CronProblem{first.column, quoted(first.text) + " is not taken", hint};
}

Problem wrongCount(const std::vector<Piece>& pieces) {
    if (pieces.size() == fields().size()) return std::nullopt;
    const bool many = pieces.size() > fields().size();
    const Piece& last = pieces.back();
    return CronProblem{
        many ? pieces[fields().size()].column : last.column + last.text.size(),
        "a cron expression has 5 fields, not " + std::to_string(pieces.size()),
        many ? "there are no fields for seconds and years" : "minute, hour, day of month, month, day of week"};
}

/// Whether some year has a day that is meant; the 29th of February comes on every day of the week.
bool comesEver(const CronExpression& cron) {
    static constexpr unsigned kLongest[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!cron.everyDayOfMonth && !cron.everyDayOfWeek) return true;
    for (unsigned month = 1; month <= 12; ++month)
        for (unsigned day = 1; cron.months[month] && day <= kLongest[month]; ++day)
            if (cron.daysOfMonth[day]) return true;
    return false;
}

template <std::size_t N>
void take(std::bitset<N>& to, const std::bitset<60>& from) {
    for (std::size_t i = 0; i < N; ++i) to[i] = from[i];
}

}  // namespace

bool CronExpression::matchesDay(unsigned month, unsigned dayOfMonth, unsigned dayOfWeek) const {
    if (!months[month]) return false;
    if (everyDayOfMonth || everyDayOfWeek) return daysOfMonth[dayOfMonth] && daysOfWeek[dayOfWeek];
    return daysOfMonth[dayOfMonth] || daysOfWeek[dayOfWeek];
}

Result<CronExpression, CronProblem> parseCron(std::string_view text) {
    using Answer = Result<CronExpression, CronProblem>;
    const std::vector<Piece> pieces = piecesOf(text);
    if (auto problem = foreignForm(pieces)) return Answer::failure(std::move(*problem));
    if (auto problem = wrongCount(pieces)) return Answer::failure(std::move(*problem));
    std::array<std::bitset<60>, 5> sets;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        FieldReader reader(fields()[i]);
        if (auto problem = reader.read(pieces[i])) return Answer::failure(std::move(*problem));
        sets[i] = reader.numbers();
    }
    CronExpression cron;
    cron.minutes = sets[0];
    take(cron.hours, sets[1]);
    take(cron.daysOfMonth, sets[2]);
    take(cron.months, sets[3]);
    if (sets[4][7]) sets[4].set(0);
    take(cron.daysOfWeek, sets[4]);
    cron.everyDayOfMonth = pieces[2].text.starts_with('*');
    cron.everyDayOfWeek = pieces[4].text.starts_with('*');
    cron.everyMinute = pieces[0].text.starts_with('*');
    cron.everyHour = pieces[1].text.starts_with('*');
    if (!comesEver(cron)) return Answer::failure({pieces[2].column, "no month has such a day", {}});
    return cron;
}

}  // namespace stepd
