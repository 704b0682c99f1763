#include "faults.hpp"

#include <fmt/format.h>

#include <random>
#include <tweedie/variance/estimators.hpp>

#include "support/exact.hpp"
#include "support/text_table.hpp"

namespace few_steps {

namespace {

using Eigen::MatrixXd;
using tweedie::Level;

tweedie::GaussianMixture<double> three_modes() {
  std::vector<MatrixXd> variances;
  for (const double deviation : {0.1, 0.15, 0.05}) variances.push_back(MatrixXd::Constant(1, 1, deviation * deviation));
  return {Eigen::Vector3d(0.3, 0.5, 0.2), Eigen::RowVector3d(-0.8, 0.1, 0.7), variances};
}

/// α = e^(−5u²), α² + σ² = 1.
Level level(double u) {
  return {.time = u, .alpha = std::exp(-5 * u * u), .sigma = std::sqrt(-std::expm1(-10 * u * u))};
}

}  // namespace

void print_faults() {
  const auto mixture = three_modes();
  const MatrixXd x0 = mixture.draw(100000, std::mt19937_64(5));
  const auto faulty = [&](const MatrixXd& x, const Level& t) -> MatrixXd {
    const MatrixXd delta = 0.2 * (3 * x.array()).sin() - 0.1;
    return mixture(x, t) - t.sigma / t.alpha * delta;
  };
  tweedie::Grid grid;
  for (const double u : {1.0, 0.75, 0.5, 0.25, 0.05}) grid.push_back(level(u));

  fmt::print("\nVar[x_0 | x_t] of a mixture in one dimension, estimated from {} samples, with standard errors:\n\n",
             x0.cols());
  std::vector<examples::Column> columns{{"denoiser", 10}, {"time", 6}, {"true", 10}};
  for (const char* name : {"residual", "x0", "eps"}) columns.push_back({name, 24});
  const examples::TextTable table(columns);
  const auto rows = [&](const std::string& name, const auto& denoise) {
    std::vector<tweedie::VarianceTable> measured;
    for (const auto kind :
         {tweedie::VarianceEstimate::residual, tweedie::VarianceEstimate::x0, tweedie::VarianceEstimate::eps})
      measured.push_back(measured_variance(denoise, x0, grid, tweedie::Normals{1}, {.estimate = kind}));
    for (std::size_t i = 0; i < grid.size(); ++i) {
      MatrixXd z = x0;
      tweedie::Normals{2}(z, 0);
      const MatrixXd x = grid[i].alpha * x0 + grid[i].sigma * z;
      std::vector<std::string> cells{name, fmt::format("{:.2f}", grid[i].time),
                                     fmt::format("{:.5f}", mixture.variance(x, grid[i]).mean())};
      for (const auto& one : measured) {
        const auto& entry = one.entries()[i];
        cells.push_back(fmt::format("{:.5f} +- {:.5f}", entry.variance(0, 0), entry.error(0, 0)));
      }
      table.row(cells);
    }
  };
  rows("exact", mixture);
  rows("faulty", faulty);
  fmt::print(
      "\nresidual     never negative, and the best variance of the sampler that uses this denoiser: the default\n"
      "x0, eps      wrong to first order in the fault, and eps multiplied by (sigma/alpha)^2: negative where they "
      "fail\n");
}

}  // namespace few_steps
