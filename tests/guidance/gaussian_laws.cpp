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

TEST_CASE("guided law: closed forms at variances that are far apart, to nine digits and more") {
  for (const double rho : {1e-150, 1e-8, 1e-3, 0.3, 1 - 1e-7, 1 + 1e-7, 3.0, 100.0, 1e8, 1e150}) {
    const GuidedGaussian g{1, 0, 1, rho};
    const double l = std::log(rho);
    const auto close = [](double ours, double right) { return std::abs(ours - right) <= 1e-11 * std::abs(right); };
    INFO("rho " << rho);
    for (const double r : {0.01, 0.5, 1.0, 4.0, 40.0, 1e3}) {
      INFO("r " << r);
      // What is not guided is the unconditional law.
      CHECK(std::abs(guided_variance(g, 0, r) - rho) <= (r < 100 ? 1e-11 : 1e-9) * rho);
      CHECK(guided_variance(g, 1, r) == 1);
      CHECK(std::abs(guided_mean(g, 1, r) - 1) < 1e-14);
    }
    for (const double gamma : {-0.7, 0.25, 0.499, 0.5, 0.9, 1.5, 2.0}) {
      INFO("gamma " << gamma);
      // CFG-4 and, of CG-8 at r = 1, γ ∫₁^ρ w^(γ−1) dw/(ρ − 1) ρ^(1−γ).
      const double k = 2 * gamma - 1, gap = std::expm1(l) / l;  // (ρ − 1)/ln ρ
      const double variance = std::exp(2 * (1 - gamma) * l) * (k == 0 ? 1 : std::expm1(k * l) / (k * l)) / gap;
      const double mean = std::exp((1 - gamma) * l) * std::expm1(gamma * l) / (l * gap);
      if (std::isnormal(variance)) CHECK(close(guided_variance(g, gamma, 1), variance));
      if (std::isnormal(mean)) CHECK(close(guided_mean(g, gamma, 1), mean));
    }
    // r = 3 and γ = 3/2: p = 2, 3 ∫₀¹ t² (1 + (ρ − 1) t)² dt = 1 + 3/2 (ρ − 1) + 3/5 (ρ − 1)² over ρ².
    const double square = (0.1 + 0.3 * rho + 0.6 * rho * rho) / rho / rho;
    CHECK(close(guided_variance(g, 1.5, 3), square));
  }
}

TEST_CASE("guided law: numbers of mpmath's hyp2f1, sixty digits") {
  struct Known {
    double r, rho, gamma, variance, mean;
  };
  for (const Known& known : {
           Known{0.04, 100, 0.5, 9.5732593662967052, 0.81908929721113499},
           Known{2.5, 100, 0.5, 3.0050435792643233, 0.95617737560785854},
           Known{30, 100, 1.7, 0.58276478400929888, 1.0042974584142459},
           Known{30, 1e-3, 1.7, 6.1900946849040348e+50, 6.9190215580547709e+25},
           Known{0.04, 1e-3, 0.5, 0.029069415760680072, 0.10053525334538506},
           Known{0.5, 1e-8, 0.5, 2.6020575672824075e-06, 0.00074158045619389281},
           Known{0.04, 100, -3, 161513968.47699338, -3025.7433192677386},
           Known{2.5, 1e-8, 1.7, 3.7769906458352312e+18, 3314141426.0063825},
           Known{0.5, 1e8, 80, 0.0042016807144637522, 1.0000000100423729},
           Known{2.5, 1e-8, 0.5, 3.3333160862825396e-08, 5.6544702713801527e-07},
           Known{2.5, 1e8, 1.7, 0.50505050818309682, 1.0000000062025316},
           Known{0.5, 100, 80, 0.0042443035669051284, 1.0101442527388693},
           Known{0.04, 1e8, 1.7, 0.052084119280899482, 1.0000002721517027},
           Known{0.04, 1e-3, 80, 2.4765930876867562e+246, 1.7702188005921792e+124},
       }) {
    INFO("r " << known.r << ", rho " << known.rho << ", gamma " << known.gamma);
    const GuidedGaussian g{1, 0, 1, known.rho};
    CHECK(std::abs(guided_variance(g, known.gamma, known.r) / known.variance - 1) < 1e-11);
    CHECK(std::abs(guided_mean(g, known.gamma, known.r) / known.mean - 1) < 1e-11);
  }
}

TEST_CASE("guided law: in other units, and where a quotient of variances is beyond a double") {
  const double variance = guided_variance({1.5, -0.5, 0.2, 1.3}, 3, 0.4),
               mean = guided_mean({1.5, -0.5, 0.2, 1.3}, 3, 0.4);
  for (const double unit : {1e-150, 1e-4, 1e4, 1e150}) {
    const GuidedGaussian g{1.5 * unit, -0.5 * unit, 0.2 * unit * unit, 1.3 * unit * unit};
    CHECK(std::abs(guided_variance(g, 3, 0.4) / unit / unit - variance) < 1e-12 * variance);
    CHECK(std::abs(guided_mean(g, 3, 0.4) / unit - mean) < 1e-12 * mean);
  }
  CHECK(std::abs(guided_variance({0, 0, 1e-200, 1e200}, 0, 1) / 1e200 - 1) < 1e-11);
  CHECK(std::abs(guided_variance({0, 0, 1e200, 1e-200}, 0, 1) / 1e-200 - 1) < 1e-11);
  CHECK(std::abs(guided_variance({0, 0, 1e200, 1e-200}, 0.5, 0) - 1) < 1e-11);
}

TEST_CASE("guided law: two laws that are not said to differ are N(0, 1)") {
  CHECK(std::abs(guided_variance({}, 3, 1) - 1) < 1e-12);
  CHECK(guided_mean({}, 3, 1) == 0);
  CHECK(guided_mean({.conditional_mean = 1}, 0, 1) == 0);
}

TEST_CASE("tilted law: precisions are weighed") {
  const GuidedGaussian g{2, 1, 0.5, 2},
      h{2, -4, 0.5, 2};  // of precision 3·2 − 2·½ = 5 at γ = 3, means (3·4 − 2·½ m_u)/5
  CHECK(std::abs(tilted_variance(g, 3) - 0.2) < 1e-15);
  CHECK(std::abs(tilted_mean(g, 3) - 2.2) < 1e-15);
  CHECK(std::abs(tilted_mean(h, 3) - 3.2) < 1e-15);
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
  CHECK(contains(refusal([&] { guided_mean({0, 0, infinity, 1}, 2, 1); }), "variances inf and 1", "finite"));
  CHECK(contains(refusal([&] { guided_mean({undefined, 0, 1, 1}, 2, 1); }), "means nan and 0", "finite"));
  // 10^(−400) and 10^400 are no doubles; at r = 10⁷ the exponents cost what is asked for.
  CHECK(contains(refusal([&] { guided_variance({0, 0, 1, 1e100}, 5, 0); }), "the variance", "beyond a double"));
  CHECK(contains(refusal([&] { guided_variance({0, 0, 1, 1e100}, -3, 1); }), "the variance", "beyond a double"));
  CHECK(contains(refusal([&] { guided_mean({1, 0, 1, 1e-100}, 9, 0); }), "the mean", "beyond a double"));
  CHECK(contains(refusal([&] { guided_variance({0, 0, 1, 3}, -2, 1e7); }), "nine digits"));
  CHECK(contains(refusal([&] { guided_variance({0, 0, 1, -1}, 2, 1); }), "variances 1 and -1", "positive"));
}
