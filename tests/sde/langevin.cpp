#include "support/monte_carlo.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Level t = SubVariancePreserving{}(0.4);

/// N(0, 0.5 I) in d dimensions.
Gaussian<double> model(Eigen::Index d) {
  return {Eigen::VectorXd::Zero(d), Covariance<double>::isotropic(d, 0.5)};
}
auto fixed_noise(const MatrixXd& z) {
  return [z](MatrixXd& out) { out = z; };
}

}  // namespace

TEST_CASE("Langevin: the step makes the drift snr times as long as the noise, for each sample or for the batch") {
  const MatrixXd x = 2 * MatrixXd::Random(5, 3), z = MatrixXd::Random(5, 3), s = model(5).score(x, t);
  const MatrixXd each = Langevin{0.16}.correct(model(5), x, t, fixed_noise(z));
  const MatrixXd together = Langevin{0.16, Coupling::batch}.correct(model(5), x, t, fixed_noise(z));
  const double ratio = z.colwise().norm().mean() / s.colwise().norm().mean(), shared = 2 * std::pow(0.16 * ratio, 2);
  for (Eigen::Index i = 0; i < 3; ++i) {
    const double h = 2 * std::pow(0.16 * z.col(i).norm() / s.col(i).norm(), 2);
    CHECK(largest_difference(each.col(i), x.col(i) + h * s.col(i) + std::sqrt(2 * h) * z.col(i)) < 1e-13);
    CHECK(largest_difference(together.col(i), x.col(i) + shared * s.col(i) + std::sqrt(2 * shared) * z.col(i)) < 1e-13);
    // Batch mates change nothing: one sample alone gives the same.
    const MatrixXd alone = Langevin{0.16}.correct(model(5), MatrixXd(x.col(i)), t, fixed_noise(z.col(i)));
    CHECK(largest_difference(alone, each.col(i)) < 1e-14);
  }
}

TEST_CASE("Langevin: a step from the level's own law leaves its variance, up to 4 snr^4, simulated") {
  // In many dimensions ‖ζ‖²/‖∇ log p‖² is v, the variance of x_t, and h = 2 snr² v: (1 − 2 snr²)² v + 4 snr² v = (1 + 4
  // snr⁴) v.
  constexpr Eigen::Index d = 1000;
  const double v = t.alpha * t.alpha / 2 + t.sigma * t.sigma, snr = 0.3;
  for (const Coupling coupling : {Coupling::sample, Coupling::batch})
    tests::check(tests::Claim{"", coupling == Coupling::sample ? "Langevin, each sample" : "Langevin, the batch",
                              Eigen::VectorXd::Constant(1, (1 + 4 * std::pow(snr, 4)) * v), 0.02},
                 1000, [&](tests::Noise& noise, Eigen::Index n) -> MatrixXd {
                   const MatrixXd x = std::sqrt(v) * noise(d, n);
                   const auto next = [&](MatrixXd& z) { noise(z); };
                   return Langevin{snr, coupling}.correct(model(d), x, t, next).array().square().colwise().mean();
                 });
}

TEST_CASE("Langevin: refusals") {
  const MatrixXd x = MatrixXd::Zero(2, 1);
  const auto none = fixed_noise(MatrixXd::Ones(2, 1));
  CHECK(contains(refusal([&] { Langevin{0}.correct(model(2), x, t, none); }), "snr = 0"));
  CHECK(contains(refusal([&] { Langevin{}.correct(model(2), x, clean, none); }), "sigma = 0"));
  CHECK(
      contains(refusal<std::domain_error>([&] { Langevin{}.correct(model(2), x, t, none); }), "sample 0", "length 0"));
}
