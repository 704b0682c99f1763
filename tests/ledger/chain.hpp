#pragma once
// What the simulations of the ledger stand on: the forward chain as it is defined, step by step, and data that are no
// Gaussian.

#include "support/monte_carlo.hpp"

namespace tests {

/// x_k = √(1 − β_k) x_{k−1} + √β_k ε_k, k = 1 … T.
struct Chain {
  std::vector<double> betas;
  tweedie::Discrete schedule = tweedie::Discrete::from_betas(betas);

  /// T = 12, β linear from 0.02 to 0.5, so that few steps go from data to nearly noise.
  static Chain brief() {
    std::vector<double> betas;
    for (int k = 0; k < 12; ++k) betas.push_back(0.02 + 0.48 * k / 11);
    return {betas};
  }

  double beta(int k) const { return betas[std::size_t(k - 1)]; }
  tweedie::Level level(int k) const { return schedule(k); }

  /// x_to from x_from: each step is drawn.
  Eigen::MatrixXd walk(Eigen::MatrixXd x, int from, int to, Noise& noise) const {
    for (int k = from + 1; k <= to; ++k)
      x = std::sqrt(1 - beta(k)) * x + std::sqrt(beta(k)) * noise(x.rows(), x.cols());
    return x;
  }
};

/// Pairs t, s of levels with s less noisy, of every kind of schedule: the formulas hold for any two levels.
inline std::vector<std::pair<tweedie::Level, tweedie::Level>> level_pairs() {
  using namespace tweedie;
  std::vector<std::pair<Level, Level>> pairs;
  const auto add = [&pairs](const auto& schedule, double t, double s) { pairs.emplace_back(schedule(t), schedule(s)); };
  const auto ho = Discrete::linear();
  for (const auto& [t, s] : {std::pair(1000, 999), {1000, 1}, {650, 400}, {400, 300}, {11, 10}, {2, 1}}) add(ho, t, s);
  add(VariancePreserving{}, 0.9, 0.2);
  add(SubVariancePreserving{}, 0.9, 0.2);
  add(VarianceExploding{}, 0.9, 0.2);
  add(EDM{}, 30, 0.5);
  add(RectifiedFlow{}, 0.8, 0.3);
  return pairs;
}

/// E f(Z) for a standard normal Z. For functions as smooth as the normal density the trapezoid rule converges faster
/// than any power of its step.
template <class F>
double expectation(const F& f) {
  constexpr double step = 1.0 / 16;
  double sum = 0;
  for (int k = -192; k <= 192; ++k) sum += f(step * k) * std::exp(-step * step * k * k / 2);
  return sum * step / std::sqrt(2 * std::numbers::pi);
}

/// Three separated modes in one dimension.
inline const tweedie::GaussianMixture<double>& three_modes() {
  static const tweedie::GaussianMixture<double> mixture(
      Eigen::Vector3d(0.3, 0.5, 0.2), Eigen::RowVector3d(-2, 0.5, 3),
      std::vector<Eigen::MatrixXd>{Eigen::MatrixXd::Constant(1, 1, 0.16), Eigen::MatrixXd::Constant(1, 1, 0.49),
                                   Eigen::MatrixXd::Constant(1, 1, 0.09)});
  return mixture;
}

/// P(x_t ≤ x) for data from three_modes().
inline double three_modes_cdf(double x, const tweedie::Level& t) {
  const double w[] = {0.3, 0.5, 0.2}, mean[] = {-2, 0.5, 3}, variance[] = {0.16, 0.49, 0.09};
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k)
    sum += w[k] / 2 *
           std::erfc((t.alpha * mean[k] - x) / std::sqrt(2 * (t.alpha * t.alpha * variance[k] + t.sigma * t.sigma)));
  return sum;
}

/// The probability flow of three_modes() in one dimension: it keeps the order of points, so x at t goes to its quantile
/// at s. By bisection.
inline double quantile_map(double x, const tweedie::Level& t, const tweedie::Level& s) {
  const double p = three_modes_cdf(x, t);
  double low = -60, high = 60;
  while (high - low > 1e-13) {
    const double middle = (low + high) / 2;
    (three_modes_cdf(middle, s) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// One Gaussian coordinate, N(mean, variance).
inline tweedie::Gaussian<double> gaussian(double mean, double variance) {
  return {Eigen::VectorXd::Constant(1, mean), tweedie::Covariance<double>::isotropic(1, variance)};
}

/// Numbers as a column, for closed forms.
inline Eigen::VectorXd numbers(std::initializer_list<double> values) {
  return Eigen::Map<const Eigen::VectorXd>(values.begin(), Eigen::Index(values.size()));
}

/// Rows of one statistic, each 1 × n, one below the other.
inline Eigen::MatrixXd stacked(std::initializer_list<Eigen::ArrayXXd> rows) {
  Eigen::MatrixXd all(Eigen::Index(rows.size()), rows.begin()->cols());
  Eigen::Index i = 0;
  for (const auto& row : rows) all.row(i++) = row.matrix();
  return all;
}

/// The largest |a − b| of two matrices or expressions.
inline double difference(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).cwiseAbs().maxCoeff();
}

/// |a − b| relative to the larger.
inline double relative_difference(double a, double b) {
  return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b));
}

}  // namespace tests
