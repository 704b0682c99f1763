#include "report.hpp"

#include <fmt/format.h>

namespace solvers {

namespace {

constexpr int name_width = 26, steps_width = 8, used_width = 6, off_width = 9, frechet_width = 10;

std::vector<examples::Column> columns(const std::vector<int>& evaluations) {
  fmt::print("{:{}}", "", name_width);
  for (const int most : evaluations)
    fmt::print("{:>{}}", fmt::format("{} evaluations", most), steps_width + used_width + off_width + frechet_width);
  fmt::print("\n");
  std::vector<examples::Column> all{{"sampler", name_width}};
  for (std::size_t i = 0; i < evaluations.size(); ++i)
    for (const examples::Column& column : std::vector<examples::Column>{
             {"steps", steps_width}, {"used", used_width}, {"off", off_width}, {"Fréchet", frechet_width}})
      all.push_back(column);
  return all;
}

/// Runs that blow up are told by their size alone.
std::string number(double value, int digits) {
  return value < 100 ? fmt::format("{:.{}f}", value, digits) : fmt::format("{:.1e}", value);
}

}  // namespace

Report::Report(const std::vector<int>& evaluations) : groups_(evaluations.size()), table_(columns(evaluations)) {
}

void Report::row(const std::string& name, const Measured& measured) const {
  std::vector<std::string> cells{name};
  for (std::size_t i = 0; i < groups_; ++i)
    for (const std::string& cell : {std::string("-"), std::string("-"), std::string("-"), number(measured.frechet, 3)})
      cells.push_back(cell);
  table_.row(cells);
}

void Report::row(const Result& result) const {
  std::vector<std::string> cells{result.sampler};
  for (const Run& run : result.runs) {
    cells.push_back(fmt::format("{}", run.steps));
    cells.push_back(fmt::format("{:g}", run.used));
    cells.push_back(run.off ? number(*run.off, 4) : "-");
    cells.push_back(number(run.measured.frechet, 3));
  }
  table_.row(cells);
}

void Report::explain() {
  fmt::print(
      "\nsteps    as many as the evaluations of the denoiser pay for, from t = 1 to 0.001 at equal distances of the "
      "root of t, and one onto the data\n"
      "used     evaluations for each sample\n"
      "off      root mean square, per pixel, of the difference from the end of the probability flow from the same "
      "noise; - where noise is drawn on the way\n"
      "Fréchet  squared Wasserstein distance between the Gaussians of the samples' moments and of the data's\n"
      "TCD and Consistency are made for models distilled to tell the end of the flow; here they are given E[x_0 | "
      "x_t].\n");
}

}  // namespace solvers
