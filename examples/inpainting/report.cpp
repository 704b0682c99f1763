#include "report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace inpainting {

using Eigen::MatrixXd;
using Eigen::VectorXd;

Measures measured(const std::vector<Problem>& problems, const std::vector<MatrixXd>& samples, double seconds) {
  double off = 0, residual = 0, spread = 0, posterior_spread = 0;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const Problem& problem = problems[i];
    const MatrixXd x = hidden(samples[i]);
    const VectorXd mean = x.rowwise().mean();
    off += (mean - hidden(problem.mean)).squaredNorm() / double(x.rows());
    spread += (x.colwise() - mean).squaredNorm() / double(x.cols() - 1);
    posterior_spread += hidden(problem.variance).sum();
    residual += problem.measurement.residual(samples[i]).array().square().mean() / problem.measurement.variance();
  }
  const auto count = double(problems.size());
  return {std::sqrt(off / count), spread / posterior_spread, std::sqrt(residual / count), seconds / count};
}

Report::Report() : table_({{"method", 22}, {"off", 9}, {"spread", 9}, {"residual", 10}, {"seconds", 9}}) {
}

void Report::row(const Result& result) const {
  const auto number = [](double value) {
    return std::abs(value) < 1000 ? fmt::format("{:.3f}", value) : fmt::format("{:.1e}", value);
  };
  if (const auto& m = result.measures)
    table_.row(
        {result.method, number(m->off), number(m->spread), number(m->residual), fmt::format("{:.2f}", m->seconds)});
  else
    table_.row({result.method, "-", "-", "-", "-"});
}

void Report::explain() {
  fmt::print(
      "\noff       root mean square, over the hidden pixels, of the samples' mean less the posterior's\n"
      "spread    variance of the samples over that of the posterior, hidden pixels: 1 is right\n"
      "residual  root mean square of the seen pixels' difference from what was measured, in units of its noise\n"
      "seconds   for all samples of a digit, by one thread\n"
      "Of finitely many samples the first is not 0: the exact draws are the mark. What the exact denoiser of the "
      "posterior adds to it is the steps' doing.\n");
}

std::string json(int seed, int digits, int samples, int steps, const std::vector<Result>& results) {
  const auto number = [](const std::optional<Measures>& m, double Measures::*which) {
    return m && std::isfinite((*m).*which) ? fmt::format("{}", (*m).*which) : "null";
  };
  std::vector<std::string> runs;
  for (const auto& [method, m] : results)
    runs.push_back(fmt::format(R"(    {{"method": "{}", "off": {}, "spread": {}, "residual": {}, "seconds": {}}})",
                               method, number(m, &Measures::off), number(m, &Measures::spread),
                               number(m, &Measures::residual), number(m, &Measures::seconds)));
  return fmt::format(
      "{{\n  \"seed\": {},\n  \"digits\": {},\n  \"samples\": {},\n  \"steps\": {},\n  \"runs\": [\n{}\n  ]\n}}\n",
      seed, digits, samples, steps, fmt::join(runs, ",\n"));
}

}  // namespace inpainting
