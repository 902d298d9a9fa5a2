#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace stepd::bench {
namespace {

int width(const std::string& name) {
    return std::max<int>(9, static_cast<int>(name.size()));
}

bool sameColumns(const Figures& a, const Figures& b) {
    return a.workload == b.workload && std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                                                  [](const auto& x, const auto& y) { return x.first == y.first; });
}

int decimals(double value) {
    const double size = std::abs(value);
    return size >= 1000 || size == std::floor(size) ? 0 : size >= 10 ? 1 : 3;
}

}  // namespace

double Figures::value(const std::string& name) const {
    for (const auto& [key, value] : values)
        if (key == name) return value;
    return 0;
}

Figures medianOf(const std::vector<Figures>& all) {
    Figures median = all.front();
    for (std::size_t i = 0; i < median.values.size(); ++i) {
        std::vector<double> values;
        for (const auto& one : all) values.push_back(one.values[i].second);
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        median.values[i].second = *middle;
    }
    return median;
}

void Report::add(Figures figures) {
    if (format_ == Format::Table) printLine(figures);
    figures_.push_back(std::move(figures));
}

void Report::printLine(const Figures& figures) {
    if (figures_.empty() || !sameColumns(figures_.back(), figures)) {
        std::printf("\n%-12s", figures.workload.c_str());
        for (const auto& [name, value] : figures.values) std::printf("  %*s", width(name), name.c_str());
        std::printf("\n");
    }
    std::printf("%-12s", "");
    for (const auto& [name, value] : figures.values) std::printf("  %*.*f", width(name), decimals(value), value);
    std::printf("\n");
    std::fflush(stdout);
}

void Report::wrong(const std::string& sentence) {
    wrong_.push_back(sentence);
    std::fprintf(stderr, "WRONG: %s\n", sentence.c_str());
}

void Report::note(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
}

bool Report::finish() const {
    if (format_ == Format::Json) {
        nlohmann::ordered_json document = {{"figures", nlohmann::ordered_json::array()}, {"wrong", wrong_}};
        for (const auto& figures : figures_) {
            nlohmann::ordered_json one = {{"workload", figures.workload}};
            for (const auto& [name, value] : figures.values) one[name] = value;
            document["figures"].push_back(std::move(one));
        }
        std::printf("%s\n", document.dump(2).c_str());
    }
    return wrong_.empty();
}

}  // namespace stepd::bench
