// The rows OR-2 and OR-4 of the ledger: the closed forms of a mixture, against integrals over x₀ that know nothing of
// them, and simulation.

#include "mixtures.hpp"

using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::check;
using tests::Claim;
using tests::difference;
using tests::Noise;
using tests::stacked;
using tests::three_modes;
using tests::two_clouds;
using namespace tweedie;

namespace {

/// What Bayes' rule gives by quadrature over the data alone.
struct Posterior {
  double log_density;
  VectorXd mean;
  MatrixXd covariance;
};
Posterior integrate(const GaussianMixture<>& mixture, const VectorXd& x, const Level& t) {
  const tests::Quadrature q = tests::quadrature(mixture, clean);
  const Eigen::ArrayXd joint =
      q.weights.transpose().array() *
      (-((t.alpha * q.x).colwise() - x).colwise().squaredNorm().transpose().array() / (2 * t.sigma * t.sigma)).exp();
  const double total = joint.sum(), d = double(x.size());
  const VectorXd mean = q.x * (joint / total).matrix();
  const MatrixXd centred = q.x.colwise() - mean;
  return {std::log(total) - d / 2 * std::log(2 * std::numbers::pi * t.sigma * t.sigma), mean,
          centred * (joint / total).matrix().asDiagonal() * centred.transpose()};
}

}  // namespace

TEST_CASE("OR-2: density, posterior mean and score of a mixture, by quadrature over the data", "[ledger][OR-2]") {
  for (const Level& t : {VariancePreserving{}(0.2), VariancePreserving{}(0.7), EDM{}(2), RectifiedFlow{}(0.5)})
    for (const GaussianMixture<>* mixture : {&three_modes(), &two_clouds()})
      for (const double at : {-1.2, 0.1, 0.9}) {
        const VectorXd x = VectorXd::LinSpaced(mixture->dimension(), at, -at / 2);
        const Posterior truth = integrate(*mixture, x, t);
        INFO("x_1 = " << at << ", alpha = " << t.alpha << ", sigma = " << t.sigma);
        CHECK(std::abs(mixture->log_density(x, t)[0] - truth.log_density) < 1e-9);
        CHECK(difference((*mixture)(x, t), truth.mean) < 1e-9);
        CHECK(difference(mixture->score(x, t), (t.alpha * truth.mean - x) / (t.sigma * t.sigma)) < 1e-8);
      }
  // Far from all modes.
  const MatrixXd far = MatrixXd::Constant(1, 1, 60);
  CHECK(three_modes().log_density(far, VariancePreserving{}(0.2))[0] < -1000);
  CHECK(three_modes()(far, VariancePreserving{}(0.2)).allFinite());
}

TEST_CASE("OR-4: posterior covariance of a mixture, by quadrature over the data", "[ledger][OR-4]") {
  for (const Level& t : {VariancePreserving{}(0.2), VariancePreserving{}(0.7), EDM{}(2), RectifiedFlow{}(0.5)})
    for (const GaussianMixture<>* mixture : {&three_modes(), &two_clouds()})
      for (const double at : {-1.2, 0.1, 0.9}) {
        const VectorXd x = VectorXd::LinSpaced(mixture->dimension(), at, -at / 2);
        const Posterior truth = integrate(*mixture, x, t);
        CHECK(difference(mixture->covariance(x, t), truth.covariance) < 1e-9);
        CHECK(difference(mixture->variance(x, t), truth.covariance.diagonal()) < 1e-9);
      }
}

TEST_CASE("OR-2, OR-4: what is left of the data has mean 0 and the posterior variance, simulated",
          "[ledger][OR-2][OR-4]") {
  const Level t = VariancePreserving{}(0.3);
  const auto paired = [&](Noise& noise, Eigen::Index n) {
    const MatrixXd x0 = three_modes().draw(n, noise.engine);
    return std::pair<MatrixXd, MatrixXd>(x0, tests::noised_by(x0, t, noise));
  };
  // Orthogonal to functions of x_t: 1, the sign, and the size.
  check(Claim{"OR-2", "x_0 less its estimate, against functions of x_t", VectorXd::Zero(3)}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const auto [x0, x] = paired(noise, n);
          const Eigen::ArrayXXd left = x0 - three_modes()(x, t);
          return stacked({left, left * x.array().sign(), left * x.array().abs()});
        });
  check(Claim{"OR-4", "its square less the variance, against functions of x_t", VectorXd::Zero(3)}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const auto [x0, x] = paired(noise, n);
          const Eigen::ArrayXXd left =
              (x0 - three_modes()(x, t)).array().square() - three_modes().variance(x, t).array();
          return stacked({left, left * x.array().sign(), left * x.array().abs()});
        });
}
