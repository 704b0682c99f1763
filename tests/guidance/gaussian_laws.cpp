#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;

namespace {

struct Moments1 {
  double mean, variance;
};

/// The reverse equation along τ = σ²/α², from a start without signal to the data, by the Runge-Kutta method of order 4
/// in ln τ:
///   d mean = q (B − A mean) dτ,   d variance = (r − 2q A variance) dτ,   q = (1 + r)/2, downward
/// with the score B − A x of the guided law. Of its start nothing is left but 1/τ, 1e−11.
Moments1 integrated(const GuidedGaussian& g, double gamma, double r) {
  const double q = (1 + r) / 2;
  const auto slopes = [&](double tau) {
    const double of_c = gamma / (g.conditional_variance + tau), of_u = (1 - gamma) / (g.unconditional_variance + tau);
    return std::pair{of_c + of_u, of_c * g.conditional_mean + of_u * g.unconditional_mean};
  };
  const auto rate = [&](double log_tau, const Eigen::Array2d& y) -> Eigen::Array2d {
    const double tau = std::exp(log_tau);
    const auto [A, B] = slopes(tau);
    return {q * tau * (B - A * y[0]), tau * r - 2 * q * tau * A * y[1]};
  };
  const int steps = 12000;
  const double top = 25, h = 60.0 / steps;
  Eigen::Array2d y(slopes(std::exp(top)).second / slopes(std::exp(top)).first, std::exp(top));
  for (int i = 0; i < steps; ++i) {
    const double at = top - i * h;
    const Eigen::Array2d k1 = rate(at, y), k2 = rate(at - h / 2, y + h / 2 * k1), k3 = rate(at - h / 2, y + h / 2 * k2),
                         k4 = rate(at - h, y + h * k3);
    y += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return {y[0], y[1]};
}

}  // namespace

TEST_CASE("guided law: it is what the reverse equation comes to") {
  const GuidedGaussian narrower{1.5, -0.5, 0.2, 1.3}, wider{-1, 0.7, 2, 0.5}, as_wide{2, 0, 0.6, 0.6};
  for (const GuidedGaussian& g : {narrower, wider, as_wide})
    for (const double gamma : {-0.5, 0.0, 0.5, 1.0, 2.0, 5.0})
      for (const double r : {0.0, 0.4, 1.0, 2.5}) {
        INFO("rho " << g.unconditional_variance / g.conditional_variance << ", gamma " << gamma << ", r " << r);
        const auto [mean, variance] = integrated(g, gamma, r);
        const double ours = guided_variance(g, gamma, r), our_mean = guided_mean(g, gamma, r);
        CHECK(std::abs(ours - variance) <= 1e-7 * variance);
        CHECK(std::abs(our_mean - mean) <= 1e-7 * (1 + std::abs(mean)));
      }
}

TEST_CASE("guided law: along the flow it is a product of powers") {
  const GuidedGaussian g{1, 0, 0.25, 4};
  CHECK(std::abs(guided_variance(g, 1.5, 0) - 0.125 / 2) < 1e-15);  // 0.25^1.5 4^−0.5
}

TEST_CASE("guided law: scale 1 is the conditional law whatever the noise, scale 0 the unconditional one") {
  for (const GuidedGaussian& g : {GuidedGaussian{1.5, -0.5, 0.2, 1.3}, GuidedGaussian{-1, 0.7, 2, 0.5}})
    for (const double r : {0.0, 0.5, 1.0, 3.0}) {
      CHECK(std::abs(guided_variance(g, 1, r) - g.conditional_variance) < 1e-12);
      CHECK(std::abs(guided_mean(g, 1, r) - g.conditional_mean) < 1e-10);
      CHECK(std::abs(guided_variance(g, 0, r) - g.unconditional_variance) < 1e-10);
      CHECK(std::abs(guided_mean(g, 0, r) - g.unconditional_mean) < 1e-12);
    }
}

TEST_CASE("guided law: classifier_free_scale samples it, along the flow, and not the tilted one") {
  const auto of = [](double mean, double variance) {
    return [=](const MatrixXd& x, const Level& t) -> MatrixXd {
      const double gain = t.alpha * variance / (t.alpha * t.alpha * variance + t.sigma * t.sigma);
      return mean + gain * (x.array() - t.alpha * mean);
    };
  };
  const GuidedGaussian g{1.5, -0.5, 0.2, 1.3};
  const double gamma = 3;
  const VarianceExploding ve{.sigma_min = 1e-4, .sigma_max = 1e4};
  const Grid grid = uniform_lambda(ve, 800, lambda(ve(1)), 9);
  MatrixXd x(1, 2);
  x << 0, grid.front().sigma;  // the flow is affine: its end at 0 is the mean, and the other lies a deviation further
  const MatrixXd end =
      sample(classifier_free_scale(of(1.5, 0.2), of(-0.5, 1.3), gamma), DPMSolver{.order = 3}, x, grid);
  const double deviation = end(0, 1) - end(0, 0);
  CHECK(std::abs(deviation * deviation - guided_variance(g, gamma, 0)) < 1e-3 * guided_variance(g, gamma, 0));
  CHECK(std::abs(end(0, 0) - guided_mean(g, gamma, 0)) < 5e-3);
  CHECK(std::abs(deviation * deviation - tilted_variance(g, gamma)) > 0.5 * tilted_variance(g, gamma));
}

TEST_CASE("guided law: two laws that are not said to differ are N(0, 1)") {
  CHECK(std::abs(guided_variance({}, 3, 1) - 1) < 1e-12);
  CHECK(guided_mean({}, 3, 1) == 0);
  CHECK(guided_mean({.conditional_mean = 1}, 0, 1) == 0);
}

TEST_CASE("tilted law: precisions are weighed") {
  const GuidedGaussian g{2, 1, 0.5, 2};  // of precision 3·2 − 2·½ = 5 at γ = 3, and of mean (3·4 − 2·½)/5
  CHECK(std::abs(tilted_variance(g, 3) - 0.2) < 1e-15);
  CHECK(std::abs(tilted_mean(g, 3) - 2.2) < 1e-15);
  CHECK(std::abs(tilted_variance(g, 1) - 0.5) < 1e-15);
  CHECK(std::abs(tilted_mean(g, 0) - 1) < 1e-15);
}

TEST_CASE("guided law: refusals") {
  const double undefined = std::nan("");
  const GuidedGaussian wider{0, 0, 2, 1};
  CHECK(contains(refusal([&] { tilted_variance(wider, 3); }), "scale 3", "precision is -0.5", "no law"));
  CHECK(contains(refusal([&] { tilted_mean(wider, 2); }), "precision is 0", "no law"));
  CHECK(contains(refusal([&] { tilted_variance(wider, undefined); }), "scale nan"));
  CHECK(contains(refusal([&] { guided_variance(wider, 2, -1); }), "r = -1", "not negative"));
  CHECK(contains(refusal([&] { guided_mean(wider, 2, undefined); }), "r = nan"));
  CHECK(contains(refusal([&] { guided_mean(wider, 2, -1); }), "r = -1"));
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(contains(refusal([&] { guided_variance(wider, 2, infinity); }), "r = inf", "finite"));
  CHECK(contains(refusal([&] { guided_mean(wider, 2, infinity); }), "r = inf", "finite"));
  CHECK(contains(refusal([&] { guided_variance(wider, undefined, 1); }), "scale is nan"));
  CHECK(contains(refusal([&] { guided_mean({0, 0, 0, 1}, 2, 1); }), "variances 0 and 1", "positive"));
  CHECK(contains(refusal([&] { guided_variance({0, 0, 1, -1}, 2, 1); }), "variances 1 and -1", "positive"));
}
