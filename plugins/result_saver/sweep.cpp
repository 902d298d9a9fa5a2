#include "result_saver/sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

namespace stepd::result_saver {
namespace {

constexpr std::string_view kPrefix = "analysis_";
constexpr std::string_view kSuffix = ".json";

bool isDigits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int numberOf(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// `20260102_030405`
std::optional<kit::WallTime> parseCompactTime(std::string_view text) {
    using namespace std::chrono;
    if (text.size() != 15 || text[8] != '_' || !isDigits(text.substr(0, 8)) || !isDigits(text.substr(9))) return {};
    const year_month_day date{year(numberOf(text.substr(0, 4))),
                              month(static_cast<unsigned>(numberOf(text.substr(4, 2)))),
                              day(static_cast<unsigned>(numberOf(text.substr(6, 2))))};
    if (!date.ok()) return {};
    return sys_days(date) + hours(numberOf(text.substr(9, 2))) + minutes(numberOf(text.substr(11, 2))) +
           seconds(numberOf(text.substr(13, 2)));
}

bool isTemporary(std::string_view name) {
    return name.starts_with(".analysis_") && name.ends_with(".tmp");
}

std::vector<std::string> namesIn(int directory) {
    std::vector<std::string> names;
    const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // an offset of its own
    if (copy < 0) return names;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
    if (!stream) return ::close(copy), names;
    while (const dirent* entry = ::readdir(stream.get())) names.emplace_back(entry->d_name);
    return names;
}

bool isOld(int directory, const std::string& name, kit::WallTime limit) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    return std::chrono::system_clock::from_time_t(status.st_mtime) < limit;
}

}  // namespace

std::optional<kit::WallTime> timeOfName(std::string_view name) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return {};
    name = name.substr(0, name.size() - kSuffix.size());
    const auto timeAtEnd = [](std::string_view text) -> std::optional<kit::WallTime> {
        if (text.size() < kPrefix.size() + 17 || text[text.size() - 16] != '_') return {};
        return parseCompactTime(text.substr(text.size() - 15));
    };
    if (const auto time = timeAtEnd(name)) return time;
    const std::size_t mark = name.rfind('_');
    const std::string_view number = name.substr(mark + 1);
    return isDigits(number) && number.size() <= 2 ? timeAtEnd(name.substr(0, mark)) : std::nullopt;
}

Swept sweep(int directory, kit::WallTime now, std::chrono::days retention) {
    Swept swept;
    for (const std::string& name : namesIn(directory)) {
        const bool stale = isTemporary(name) && isOld(directory, name, now - std::chrono::hours(1));
        const auto time = timeOfName(name);
        const bool expired = retention.count() > 0 && time && *time < now - retention;
        if ((!stale && !expired) || ::unlinkat(directory, name.c_str(), 0) != 0) continue;
        ++(stale ? swept.temporaries : swept.results);
    }
    return swept;
}

}  // namespace stepd::result_saver
