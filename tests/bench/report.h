#pragma once

#include <string>
#include <utility>
#include <vector>

namespace stepd::bench {

/// The figures of one measurement, in the order in which they are shown; names carry the unit: `p50_ms`.
struct Figures {
    std::string workload;
    std::vector<std::pair<std::string, double>> values;
    double value(const std::string& name) const;
    void add(std::string name, double value) { values.emplace_back(std::move(name), value); }
};

/// Of each value the median; all have the same names. Must not be empty.
Figures medianOf(const std::vector<Figures>& all);

/// Collects figures and prints them: each at once as a line of a table, or all at the end as JSON.
class Report {
public:
    enum class Format { Table, Json };
    explicit Report(Format format) : format_(format) {}

    void add(Figures figures);
    void wrong(const std::string& sentence);
    void note(const std::string& sentence);
    /// JSON if that was asked for. False if anything was wrong.
    bool finish() const;
    const std::vector<Figures>& figures() const { return figures_; }

private:
    void printLine(const Figures& figures);

    const Format format_;
    std::vector<Figures> figures_;
    std::vector<std::string> wrong_;
};

}  // namespace stepd::bench
