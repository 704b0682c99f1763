// OR-1, the closed forms of Gaussian data, against integrals over x₀ that know nothing of them.

#include <numbers>

#include "support/test.hpp"

namespace {
using namespace tweedie;

double normal_density(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return std::exp(-z * z / 2) / (deviation * std::sqrt(2 * std::numbers::pi));
}

struct Moments {
  double density, mean, variance;
};

/// p_t(x), E[x₀ | x] and Var[x₀ | x] for x₀ ~ N(1.3, 0.25). The trapezoidal rule is exact to rounding for what decays
/// so fast.
Moments integrate(double x, const Level& t) {
  const int n = 4000;
  const double low = 1.3 - 10 * 0.5, spacing = 20 * 0.5 / n;
  double zeroth = 0, first = 0, second = 0;
  for (int i = 0; i <= n; ++i) {
    const double x0 = low + spacing * i;
    const double joint = normal_density(x0, 1.3, 0.5) * normal_density(x, t.alpha * x0, t.sigma) * spacing;
    zeroth += joint;
    first += joint * x0;
    second += joint * x0 * x0;
  }
  return {zeroth, first / zeroth, second / zeroth - std::pow(first / zeroth, 2)};
}

TEST_CASE("OR-1: density, mean, variance and score of Gaussian data, by quadrature") {
  const Gaussian<> data(Eigen::VectorXd::Constant(1, 1.3), Eigen::MatrixXd::Constant(1, 1, 0.25));
  for (const Level& t : {VariancePreserving{}(0.1), VariancePreserving{}(0.9), EDM{}(2), RectifiedFlow{}(0.5)})
    for (const double at : {-1.0, 0.4, 1.3, 2.5}) {
      const Moments truth = integrate(at, t);
      const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(1, 1, at);
      INFO("x = " << at << ", alpha = " << t.alpha << ", sigma = " << t.sigma);
      CHECK(std::abs(data.log_density(x, t)[0] - std::log(truth.density)) < 1e-12);
      CHECK(std::abs(data(x, t)(0, 0) - truth.mean) < 1e-12);
      CHECK(std::abs(data.variance(x, t)(0, 0) - truth.variance) < 1e-12);
      const double score = (t.alpha * truth.mean - at) / (t.sigma * t.sigma);  // E[∇ log p(x | x₀) | x]
      CHECK(std::abs(data.score(x, t)(0, 0) - score) < 1e-12 * (1 + std::abs(score)));
    }
}

}  // namespace
