#pragma once
// Mixtures whose posteriors are known, expectations over their marginals by quadrature, and exact draws from their
// posteriors.

#include "chain.hpp"

namespace tests {

/// One dimension, three narrow modes in [−1, 1].
inline const tweedie::GaussianMixture<double>& narrow_modes() {
  const auto variance = [](double sd) { return Eigen::MatrixXd::Constant(1, 1, sd * sd).eval(); };
  static const tweedie::GaussianMixture<double> mixture(
      Eigen::Vector3d(0.3, 0.5, 0.2), Eigen::RowVector3d(-0.8, 0.1, 0.7),
      std::vector<Eigen::MatrixXd>{variance(0.1), variance(0.15), variance(0.05)});
  return mixture;
}

/// Two dimensions, two correlated components.
inline const tweedie::GaussianMixture<double>& two_clouds() {
  static const tweedie::GaussianMixture<double> mixture(
      Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-0.7, 0.5}, {0.2, -0.3}},
      std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                   Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  return mixture;
}

/// α = e^(−5(n/60)²), σ² = 1 − α².
inline tweedie::Level su_level(int n) {
  const double exponent = 5.0 * n * n / 3600;
  return {.time = double(n), .alpha = std::exp(-exponent), .sigma = std::sqrt(-std::expm1(-2 * exponent))};
}

/// Points x (d × n) and weights (n, sum 1) that integrate over the law of x_t: the trapezoid rule in each component's
/// own axes.
struct Quadrature {
  Eigen::MatrixXd x;
  Eigen::RowVectorXd weights;

  /// Σ weights f(x), f giving a row for each function.
  Eigen::VectorXd operator()(const Eigen::MatrixXd& f) const { return f * weights.transpose(); }
};
inline Quadrature quadrature(const tweedie::GaussianMixture<double>& mixture, const tweedie::Level& t) {
  const Eigen::Index d = mixture.dimension(), side = d == 1 ? 385 : 129;
  const double step = d == 1 ? 1.0 / 16 : 1.0 / 8;
  Eigen::Index points = side;
  for (Eigen::Index k = 1; k < d; ++k) points *= side;
  Eigen::MatrixXd z(d, points);
  for (Eigen::Index i = 0; i < points; ++i)
    for (Eigen::Index k = 0, rest = i; k < d; ++k, rest /= side) z(k, i) = step * double(rest % side - side / 2);
  const Eigen::ArrayXd density = (z.colwise().squaredNorm().array() * -0.5).exp().transpose();

  const auto& parts = mixture.components();
  Quadrature q{Eigen::MatrixXd(d, points * Eigen::Index(parts.size())),
               Eigen::RowVectorXd(points * Eigen::Index(parts.size()))};
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const auto noised = parts[k].marginal(t);
    const Eigen::Index first = Eigen::Index(k) * points;
    q.x.middleCols(first, points) =
        noised.covariance().apply([](double v) { return std::sqrt(v); }, z).colwise() + noised.mean();
    q.weights.segment(first, points) = density * (mixture.weights()[Eigen::Index(k)] / density.sum());
  }
  return q;
}

/// E Var[x₀ | x_t] of a mixture in one dimension, by quadrature.
inline double expected_variance(const tweedie::GaussianMixture<double>& mixture, const tweedie::Level& t) {
  const Quadrature q = quadrature(mixture, t);
  return q(mixture.variance(q.x, t))[0];
}

/// n draws of x₀ given x_t = x, d × n.
inline Eigen::MatrixXd posterior_draws(const tweedie::GaussianMixture<double>& mixture, const Eigen::VectorXd& x,
                                       const tweedie::Level& t, Noise& noise, Eigen::Index n) {
  const Eigen::VectorXd r = mixture.responsibilities(x, t);
  const Eigen::MatrixXd z = noise(x.size(), n);
  std::vector<Eigen::MatrixXd> means, roots;
  for (const auto& part : mixture.components()) {
    means.push_back(part.posterior_mean(x, t));
    const tweedie::Covariance<double> covariance(part.posterior_covariance(t));
    roots.push_back(covariance.map([](double v) { return std::sqrt(v); }).matrix());
  }
  Eigen::MatrixXd draws(x.size(), n);
  for (Eigen::Index i = 0; i < n; ++i) {
    double u = 0.5 + tweedie::centred_uniform(tweedie::detail::word(noise.engine));
    std::size_t k = 0;
    for (; k + 1 < means.size() && u >= r[Eigen::Index(k)]; ++k) u -= r[Eigen::Index(k)];
    draws.col(i) = means[k] + roots[k] * z.col(i);
  }
  return draws;
}

/// x_t = α x₀ + σ ε of some data.
inline Eigen::MatrixXd noised_by(const Eigen::MatrixXd& x0, const tweedie::Level& t, Noise& noise) {
  return t.alpha * x0 + t.sigma * noise(x0.rows(), x0.cols());
}

}  // namespace tests
