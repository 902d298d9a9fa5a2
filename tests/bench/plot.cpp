#include "plot.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <ostream>

#include "base/error.h"

namespace stepd::bench {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 300;
constexpr double kLeft = 70;
constexpr double kRight = 150;  // the names of the lines
constexpr double kTop = 40;
constexpr double kBottom = 50;
constexpr const char* kColours[] = {"#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df"};

/// 1, 2 or 5 times a power of ten, the least that is not below `value`.
double roundUp(double value) {
    if (value <= 0) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (value <= factor * power) return factor * power;
    return 10 * power;
}

std::string number(double value) {
    std::string text = std::to_string(std::round(value * 100) / 100);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

class Picture {
public:
    Picture(std::ostream& out, const Plot& plot, double top) : out_(out), plot_(plot), top_(top) {
        for (const auto& series : plot.series)
            for (const auto& [x, y] : series.points) {
                if (std::find(xs_.begin(), xs_.end(), x) == xs_.end()) xs_.push_back(x);
                yMost_ = std::max(yMost_, y);
            }
        yMost_ = roundUp(yMost_);
    }

    void draw() {
        text(kLeft, top_ + 20, plot_.title, "start", 15);
        text(kLeft + innerWidth() / 2, top_ + kHeight - 10, plot_.xLabel, "middle");
        text(kLeft, top_ + kTop - 6, plot_.yLabel, "middle");
        for (int i = 0; i <= 4; ++i) {
            const double y = yMost_ * i / 4;
            line(kLeft, yOf(y), kLeft + innerWidth(), yOf(y));
            text(kLeft - 6, yOf(y) + 4, number(y), "end");
        }
        for (const double x : xs_) text(xOf(x), top_ + kHeight - kBottom + 18, number(x), "middle");
        for (std::size_t i = 0; i < plot_.series.size(); ++i) draw(plot_.series[i], kColours[i % std::size(kColours)]);
    }

private:
    static double innerWidth() { return kWidth - kLeft - kRight; }
    /// Zero stands left of the others, which have logarithms.
    static double scale(double x) { return x > 0 ? std::log10(x) : -0.5; }
    double xOf(double x) const {
        const auto [least, most] = std::minmax_element(xs_.begin(), xs_.end());
        const double range = scale(*most) - scale(*least);
        return kLeft + (range > 0 ? (scale(x) - scale(*least)) / range : 0.5) * innerWidth();
    }
    double yOf(double y) const { return top_ + kHeight - kBottom - y / yMost_ * (kHeight - kTop - kBottom); }

    void draw(const Series& series, const std::string& colour) {
        if (series.points.empty()) return;
        out_ << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
        for (const auto& [x, y] : series.points) out_ << xOf(x) << ',' << yOf(y) << ' ';
        out_ << "\"/>\n";
        for (const auto& [x, y] : series.points)
            out_ << "<circle r=\"3\" fill=\"" << colour << "\" cx=\"" << xOf(x) << "\" cy=\"" << yOf(y) << "\"/>\n";
        const auto& [x, y] = series.points.back();
        text(xOf(x) + 8, yOf(y) + 4, series.name, "start", 12, colour);
    }
    void line(double x1, double y1, double x2, double y2) {
        out_ << "<line stroke=\"#d0d7de\" x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
             << "\"/>\n";
    }
    void text(double x, double y, const std::string& words, const std::string& anchor, int size = 12,
              const std::string& colour = "#24292f") {
        out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\" font-size=\"" << size
             << "\" fill=\"" << colour << "\">" << words << "</text>\n";
    }

    std::ostream& out_;
    const Plot& plot_;
    const double top_;
    std::vector<double> xs_;
    double yMost_ = 0;
};

}  // namespace

void writeSvg(const std::string& file, const std::vector<Plot>& plots) {
    std::ofstream out(file);
    const double height = kHeight * static_cast<double>(plots.size());
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kWidth << "\" height=\"" << height
        << "\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    double top = 0;
    for (const auto& plot : plots) {
        Picture(out, plot, top).draw();
        top += kHeight;
    }
    out << "</svg>\n";
    if (!out.flush()) throw Error(ErrorCode::System, "cannot write " + file);
}

}  // namespace stepd::bench
