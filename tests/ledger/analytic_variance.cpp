// The rows ADPM-* of the ledger: the optimal variance by identities, by quadrature over a mixture, and by simulation.
#include "mixtures.hpp"

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using namespace tests;
using tweedie::DDIM;
using tweedie::DDPM;
using tweedie::Level;
using tweedie::Step;
using tweedie::Table;

namespace {

Step step(const tweedie::Sampler auto& sampler, const Level& t, const Level& s) {
  return tweedie::tabulate(sampler, {t, s}).front();
}
double optimal(const Step& one, double v) {
  const double z = tweedie::with_variance({one}, [v](const Level&) { return v; }).front().row.z;
  return z * z;
}
/// x_s = κ x_t + (α_s − κα_t) x₀ + τ ζ: the forward process that belongs to the row.
MatrixXd forward(const Step& one, const MatrixXd& x0, const MatrixXd& x_t, Noise& noise) {
  const auto [kappa, c, tau2] = tweedie::reverse_kernel(one);
  return kappa * x_t + (one.to.alpha - kappa * one.from.alpha) * x0 + std::sqrt(tau2) * noise(x0.rows(), x0.cols());
}
double gamma(const tweedie::GaussianMixture<double>& mixture, const Level& t) {  // Γ = E‖∇ log p_t‖²/d
  const Quadrature q = quadrature(mixture, t);
  return q(mixture.score(q.x, t).cwiseAbs2())[0];
}
/// x̂₀ with ε̂ = ε* + δ, δ = 0.2 sin 3x − 0.1.
ArrayXXd fault(const MatrixXd& x) {
  return 0.2 * (3 * x.array()).sin() - 0.1;
}
MatrixXd faulty(const MatrixXd& x, const Level& t) {
  return narrow_modes()(x, t) - (t.sigma / t.alpha * fault(x)).matrix();
}

}  // namespace

TEST_CASE("ADPM-1: z^2 = tau^2 + c^2 v is the second moment of x_s about the row's mean, by quadrature",
          "[ledger][ADPM-1]") {
  for (const auto& [t, s] : {std::pair(30, 10), {5, 2}, {28, 25}, {58, 1}}) {
    const Level from = su_level(t), to = su_level(s);
    const double v = expected_variance(narrow_modes(), from);
    // E (x_s − κx_t − cx̂₀)² over x₀, x_t and the forward noise, by second moments: those of x₀ and of x̂₀, E x₀x̂₀ = E
    // x̂₀².
    const Quadrature q = quadrature(narrow_modes(), from);
    const auto law = narrow_modes().moments();
    const double second = law.covariance().matrix()(0, 0) + std::pow(law.mean()[0], 2),
                 of_estimate = q(narrow_modes()(q.x, from).cwiseAbs2())[0];
    for (const double eta : {0.0, 0.5, 1.0}) {
      const Step one = step(DDIM{eta}, from, to);
      const auto [kappa, c, tau2] = tweedie::reverse_kernel(one);
      CHECK(relative_difference(tau2 + c * c * (second - of_estimate), optimal(one, v)) < 1e-9);
      CHECK(std::abs(tau2 - eta * eta * tweedie::posterior_variance(from, to)) < 1e-15);
    }
    // Of DDPM the optimum does not depend on the variance that it had.
    CHECK(relative_difference(optimal(step(DDPM{}, from, to), v),
                              optimal(step(DDPM{tweedie::forward_variance}, from, to), v)) < 1e-14);
  }
}

TEST_CASE("ADPM-1: no other variance has a smaller divergence", "[ledger][ADPM-1]") {
  const Level t = su_level(30), s = su_level(10);
  const double v = expected_variance(narrow_modes(), t);
  for (const double eta : {0.5, 1.0}) {
    Step one = step(DDIM{eta}, t, s);
    one.row.z = std::sqrt(optimal(one, v));
    const double least = tweedie::step_cost(one, v);
    for (const double factor : {0.5, 0.9, 0.999, 1.001, 1.1, 2.0}) {
      Step other = one;
      other.row.z *= factor;
      CHECK(tweedie::step_cost(other, v) > least);
    }
  }
}

TEST_CASE("ADPM-1: the second moment of x_s about the row's mean, simulated", "[ledger][ADPM-1]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(4), t = chain.level(8);
  const double v = expected_variance(three_modes(), t);
  const auto residual = [&](const Step& one, const MatrixXd& x_s, const MatrixXd& x_t) -> ArrayXXd {
    const auto [kappa, c, tau2] = tweedie::reverse_kernel(one);
    return (x_s - kappa * x_t - c * three_modes()(x_t, t)).array();
  };
  const Step ancestral = step(DDPM{}, t, s);
  check(Claim{"ADPM-1", "mean and square of the residual of DDPM, the chain simulated",
              numbers({0, optimal(ancestral, v)})},
        1'800'000, [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x_s = chain.walk(three_modes().draw(n, noise.engine), 0, 4, noise),
                         x_t = chain.walk(x_s, 4, 8, noise);
          const ArrayXXd r = residual(ancestral, x_s, x_t);
          return stacked({r, r.square()});
        });
  const Step half = step(DDIM{0.5}, t, s);
  check(Claim{"ADPM-1", "square of the residual of DDIM, eta 0.5", numbers({optimal(half, v)})}, 1'700'000,
        [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = three_modes().draw(n, noise.engine), x_t = noised_by(x0, t, noise);
          return stacked({residual(half, forward(half, x0, x_t, noise), x_t).square()});
        });
}

TEST_CASE("ADPM-2: the variance of the data less that of the estimate, by quadrature", "[ledger][ADPM-2]") {
  const auto law = narrow_modes().moments();
  for (const int n : {3, 15, 40, 58}) {
    const Level t = su_level(n);
    const Quadrature q = quadrature(narrow_modes(), t);
    for (const double m : {law.mean()[0], 0.0, -1.7}) {
      const double data = law.covariance().matrix()(0, 0) + std::pow(law.mean()[0] - m, 2),
                   estimate = q((narrow_modes()(q.x, t).array() - m).square().matrix())[0];
      CHECK(std::abs(data - estimate - expected_variance(narrow_modes(), t)) < 1e-12);
    }
  }
}

TEST_CASE("ADPM-2: the estimate from x0, simulated", "[ledger][ADPM-2]") {
  const Level t = su_level(30);
  const double m = narrow_modes().moments().mean()[0];
  check(Claim{"ADPM-2", "squares of the data less squares of the estimate",
              numbers({expected_variance(narrow_modes(), t)})},
        1'200'000, [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = narrow_modes().draw(n, noise.engine), x0_hat = narrow_modes()(noised_by(x0, t, noise), t);
          return stacked({(x0.array() - m).square() - (x0_hat.array() - m).square()});
        });
}

TEST_CASE("ADPM-3: the estimate from eps, and from the score, by quadrature", "[ledger][ADPM-3]") {
  for (const int n : {3, 15, 40, 58}) {
    const Level t = su_level(n);
    const Quadrature q = quadrature(narrow_modes(), t);
    const double amplification = t.sigma * t.sigma / (t.alpha * t.alpha), v = expected_variance(narrow_modes(), t),
                 eps2 = q((t.sigma * narrow_modes().score(q.x, t)).cwiseAbs2())[0];
    CHECK(std::abs(amplification * (1 - eps2) - v) < 1e-13 * std::max(1.0, amplification));
    CHECK(std::abs(amplification * (1 - t.sigma * t.sigma * gamma(narrow_modes(), t)) - v) <
          1e-13 * std::max(1.0, amplification));
  }
  const Level T = tweedie::Discrete::linear()(1000);
  CHECK(std::abs(tweedie::largest_variance(T) - 24777) < 1);  // the factor at the end of Ho's chain
}

TEST_CASE("ADPM-3: the estimate from eps, simulated", "[ledger][ADPM-3]") {
  const Level t = su_level(4);
  check(Claim{"ADPM-3", "(sigma/alpha)^2 (1 - eps^2)", numbers({expected_variance(narrow_modes(), t)})}, 1'500'000,
        [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x = noised_by(narrow_modes().draw(n, noise.engine), t, noise);
          const ArrayXXd eps = -t.sigma * narrow_modes().score(x, t).array();
          return stacked({t.sigma * t.sigma / (t.alpha * t.alpha) * (1 - eps.square())});
        });
}

TEST_CASE("ADPM-4: both bounds hold, and are met", "[ledger][ADPM-4]") {
  for (int n = 1; n <= 60; ++n) {
    const Level t = su_level(n);
    const double v = expected_variance(narrow_modes(), t);
    CHECK(v >= 0);
    CHECK(v <= tweedie::largest_variance(t));
    CHECK(v <= tweedie::largest_variance(t, {-1.5, 1.2}));  // the modes reach about six deviations beyond −0.8 and 0.7
    // The first, written for the row: τ² ≤ z² ≤ τ² + (σ_t/a − √(σ_s² − τ²))².
    if (n < 2) continue;
    const Level s = su_level(n / 2);
    for (const double eta : {0.0, 0.6, 1.0}) {
      const Step one = step(DDIM{eta}, t, s);
      const double tau2 = eta * eta * tweedie::posterior_variance(t, s), z2 = optimal(one, v),
                   reach = t.sigma * s.alpha / t.alpha - std::sqrt(s.sigma * s.sigma - tau2);
      CHECK(z2 >= tau2 * (1 - 1e-12));
      CHECK(z2 <= (tau2 + reach * reach) * (1 + 1e-12));
      CHECK(relative_difference(optimal(one, tweedie::largest_variance(t)), tau2 + reach * reach) < 1e-12);
    }
  }
  // Data of great variance meet the first, two points without signal the second.
  const Level t = su_level(20);
  CHECK(relative_difference(gaussian(0, 1e12).posterior_variances(t)[0], tweedie::largest_variance(t)) < 1e-11);
  const tweedie::Empirical<> points(Eigen::RowVector2d(-1, 3));
  CHECK(std::abs(points.variance(MatrixXd::Constant(1, 1, 0.3), {.alpha = 0, .sigma = 1})(0, 0) -
                 tweedie::largest_variance({.alpha = 0, .sigma = 1}, {-1, 3})) < 1e-15);
  CHECK(std::isinf(tweedie::largest_variance({.alpha = 0, .sigma = 1})));
}

TEST_CASE("ADPM-4: the errors that the bounds come from, simulated", "[ledger][ADPM-4]") {
  const Level t = su_level(20);
  check(Claim{"ADPM-4", "error of x_t/alpha, and of two points' mean", numbers({tweedie::largest_variance(t), 4})},
        2'000'000, [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = narrow_modes().draw(n, noise.engine);
          const ArrayXXd points = tweedie::Empirical<>(Eigen::RowVector2d(-1, 3)).draw(n, noise.engine);
          // The square of the second does not vary; a little noise of mean 0 lets the harness work.
          return stacked({(noised_by(x0, t, noise) / t.alpha - x0).array().square(),
                          (points - 1).square() + 0.1 * noise(1, n).array()});
        });
}

TEST_CASE("ADPM-5: of DDPM z^2 = (b^2/a^2)(1 - b^2 Gamma), between beta~^2 and b^2/a^2", "[ledger][ADPM-5]") {
  for (const auto& [t_n, s_n] : {std::pair(30, 10), {60, 1}, {28, 25}, {5, 2}}) {
    const Level t = su_level(t_n), s = su_level(s_n);
    const double a = t.alpha / s.alpha, b2 = tweedie::forward_variance(t, s);
    const Step one = step(DDPM{}, t, s);
    const double z2 = optimal(one, expected_variance(narrow_modes(), t));
    CHECK(relative_difference(z2, b2 / (a * a) * (1 - b2 * gamma(narrow_modes(), t))) < 1e-8);
    // The ends of the range, and DDPM's large variance inside it: Γ = 1/σ² is one point, Γ = 1 is N(0, I), Γ = 0 no
    // data at all.
    const auto at_gamma = [&](double g) { return b2 / (a * a) * (1 - b2 * g); };
    CHECK(std::abs(at_gamma(1 / (t.sigma * t.sigma)) - tweedie::posterior_variance(t, s)) < 1e-12 * b2 / (a * a));
    CHECK(std::abs(at_gamma(1) - b2) < 1e-12 * b2 / (a * a));
    CHECK(relative_difference(at_gamma(0), optimal(one, tweedie::largest_variance(t))) < 1e-12);
    CHECK(tweedie::posterior_variance(t, s) < b2);
    CHECK(b2 < b2 / (a * a));
  }
}

TEST_CASE("ADPM-5: z^2 from the mean square of the score, simulated", "[ledger][ADPM-5]") {
  const Level t = su_level(28), s = su_level(25);
  const double a = t.alpha / s.alpha, b2 = tweedie::forward_variance(t, s);
  check(Claim{"ADPM-5", "(b/a)^2 (1 - b^2 score^2)",
              numbers({optimal(step(DDPM{}, t, s), expected_variance(narrow_modes(), t))})},
        1'000'000, [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x = noised_by(narrow_modes().draw(n, noise.engine), t, noise);
          return stacked({b2 / (a * a) * (1 - b2 * narrow_modes().score(x, t).array().square())});
        });
}

TEST_CASE("ADPM-6: the cost of a step is the logarithm of its variance over the posterior's", "[ledger][ADPM-6]") {
  double with_v = 0, with_gamma = 0;
  const std::vector<int> path{60, 41, 30, 17, 4, 1};
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Level t = su_level(path[i]), s = su_level(path[i + 1]);
    const double v = expected_variance(narrow_modes(), t), cost = tweedie::analytic_cost(t, s, v);
    Step one = step(DDPM{}, t, s);
    one.row.z = std::sqrt(optimal(one, v));
    CHECK(std::abs(cost - std::log(one.row.z * one.row.z / tweedie::posterior_variance(t, s)) / 2) < 1e-10);
    CHECK(std::abs(cost - tweedie::step_cost(one, v)) < 1e-10);
    with_v += cost;
    with_gamma += std::log1p(-tweedie::forward_variance(t, s) * gamma(narrow_modes(), t)) / 2;
  }
  // The published cost ½ ln(1 − b²Γ) has the same sum but for a constant of the two ends.
  const Level T = su_level(60), one = su_level(1);
  CHECK(std::abs(with_v - with_gamma - std::log(tweedie::largest_variance(T) / tweedie::largest_variance(one)) / 2) <
        1e-6);
}

TEST_CASE("ADPM-6: the search finds the least of all paths", "[ledger][ADPM-6]") {
  tweedie::Grid grid;
  for (const int n : {60, 55, 51, 46, 42, 37, 33, 28, 24, 19, 15, 10, 6, 1}) grid.push_back(su_level(n));
  const auto variance = [](const Level& t) { return expected_variance(narrow_modes(), t); };
  std::vector<double> v;
  for (const Level& t : grid) v.push_back(variance(t));
  for (const int steps : {1, 2, 4, 5}) {
    double least = std::numeric_limits<double>::infinity();
    for (unsigned chosen = 0; chosen < 1u << 12; ++chosen) {
      if (std::popcount(chosen) != steps - 1) continue;
      double sum = 0;
      std::size_t at = 0;
      for (std::size_t i = 1; i < 14; ++i)
        if (i == 13 || (chosen >> (i - 1) & 1u)) {
          sum += tweedie::analytic_cost(grid[at], grid[i], v[at]);
          at = i;
        }
      least = std::min(least, sum);
    }
    const auto found = tweedie::optimal_trajectory(grid, steps, variance);
    CHECK(std::abs(found.cost - least) < 1e-12);
    CHECK(found.grid.size() == std::size_t(steps) + 1);
    double sum = 0;
    for (std::size_t i = 0; i + 1 < found.grid.size(); ++i)
      sum += tweedie::analytic_cost(found.grid[i], found.grid[i + 1], variance(found.grid[i]));
    CHECK(std::abs(sum - found.cost) < 1e-12);
  }
  // N(0, 1) data: v = σ², every path costs the same.
  const auto normal = [](const Level& t) { return t.sigma * t.sigma; };
  CHECK(std::abs(tweedie::optimal_trajectory(grid, 1, normal).cost -
                 tweedie::optimal_trajectory(grid, 7, normal).cost) < 1e-12);
}

TEST_CASE("ADPM-6: the mean divergence of a step of DDPM, simulated", "[ledger][ADPM-6]") {
  const Level t = su_level(30), s = su_level(10);
  const double v = expected_variance(narrow_modes(), t);
  const Step one = step(DDPM{}, t, s);
  const auto [kappa, c, tau2] = tweedie::reverse_kernel(one);
  const double z2 = optimal(one, v);
  check(Claim{"ADPM-6", "KL of q(x_s | x_t, x0) from N(mean, z^2)", numbers({tweedie::analytic_cost(t, s, v)})},
        1'000'000, [&, c = c, tau2 = tau2](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = narrow_modes().draw(n, noise.engine);
          const ArrayXXd wrong = c * (x0 - narrow_modes()(noised_by(x0, t, noise), t)).array();
          return stacked({(tau2 / z2 - 1 - std::log(tau2 / z2) + wrong.square() / z2) / 2});
        });
}

TEST_CASE("ADPM-7: on isotropic Gaussian data every sampler is exact at any number of steps", "[ledger][ADPM-7]") {
  const tweedie::Gaussian<> data(Eigen::Vector3d(1.3, -0.4, 0), tweedie::Covariance<>::isotropic(3, 0.25));
  const auto variance = [&](const Level& t) { return data.posterior_variances(t).mean(); };
  const auto exact = [&](const tweedie::Sampler auto& sampler, const tweedie::Grid& grid) {
    const Table table = with_variance(tabulate(sampler, grid), variance, tweedie::LastRow::noise);
    const auto result = push_forward(table, data), truth = data.marginal(grid.back());
    CHECK((result.mean() - truth.mean()).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((result.covariance().matrix() - truth.covariance().matrix()).cwiseAbs().maxCoeff() < 1e-12);
  };
  const auto all = [&](const tweedie::Grid& grid) {
    for (const double eta : {0.0, 0.3, 1.0}) exact(DDIM{eta}, grid);
    exact(DDPM{}, grid);
    exact(DDPM{tweedie::forward_variance}, grid);
  };
  for (const int n : {1, 2, 5, 20, 1000}) {
    INFO(n << " steps");
    all(levels(tweedie::VariancePreserving{}, tweedie::uniform(n)));
    all(levels(tweedie::SubVariancePreserving{}, tweedie::uniform(n)));
    all(levels(tweedie::Cosine{}, tweedie::quadratic(n)));
    all(levels(tweedie::RectifiedFlow{}, tweedie::uniform(n)));
    all(levels(tweedie::EDM{}, tweedie::uniform(n, 80, 0)));
    all(tweedie::karras(tweedie::EDM{}, n, 80, 0.01));  // ends above the data
    all(levels(tweedie::Discrete::linear(), tweedie::trailing(n)));
  }
  // Without it: the variance that DDIM and DDPM leave in 5 steps.
  const tweedie::Grid five = levels(tweedie::VariancePreserving{}, tweedie::uniform(5));
  CHECK(push_forward(tabulate(DDIM{}, five), data).covariance().matrix()(0, 0) < 0.2);
  CHECK(push_forward(tabulate(DDPM{}, five), data).covariance().matrix()(0, 0) < 0.2);
}

TEST_CASE("ADPM-7: three steps of DDIM with the optimal variance, simulated", "[ledger][ADPM-7]") {
  const auto data = gaussian(1.3, 0.25);
  const tweedie::Grid grid = levels(tweedie::VariancePreserving{}, {1, 0.5, 0.2, 0});
  const Table table = with_variance(
      tabulate(DDIM{}, grid), [&](const Level& t) { return data.posterior_variances(t)[0]; }, tweedie::LastRow::noise);
  check(Claim{"ADPM-7", "mean and variance of the result", numbers({1.3, 0.25})}, 1'900'000,
        [&](Noise& noise, Eigen::Index n) {
          const MatrixXd start = data.marginal(grid.front()).draw(n, noise);
          const ArrayXXd x = sample(data, table, start, noise);
          return stacked({x, (x - 1.3).square()});
        });
}

TEST_CASE("ADPM-8: the mean size of noise is z sqrt(2/pi)", "[ledger][ADPM-8]") {
  const tweedie::Grid grid = levels(tweedie::Discrete::linear(), tweedie::trailing(10));
  const Table plain = tabulate(DDPM{tweedie::forward_variance}, grid);
  const double grey = 2.0 / 255;
  const Table limited = limited_noise(plain, 2, 2 * grey);
  const double z = 2 * grey * std::sqrt(std::numbers::pi / 2);
  CHECK(limited[9].row.z == 0);  // it drew none
  CHECK(std::abs(limited[8].row.z - z) < 1e-15);
  CHECK(std::abs(limited[7].row.z - z) < 1e-15);
  CHECK(limited[6].row.z == plain[6].row.z);
  check(Claim{"ADPM-8", "mean of |z zeta|, grey levels", numbers({2})}, 600'000,
        [&](Noise& noise, Eigen::Index n) { return stacked({(limited[8].row.z * noise(1, n).array()).abs() / grey}); });
}

TEST_CASE("ADPM-9: what a fault of the estimate does to each estimator, by quadrature", "[ledger][ADPM-9]") {
  const Level t = su_level(30);
  const Quadrature q = quadrature(narrow_modes(), t);
  const double amplification = t.sigma * t.sigma / (t.alpha * t.alpha), v = expected_variance(narrow_modes(), t);
  const ArrayXXd eps = -t.sigma * narrow_modes().score(q.x, t).array(), delta = fault(q.x);
  const auto law = narrow_modes().moments();
  const double m = law.mean()[0];
  const ArrayXXd estimate = faulty(q.x, t), exact = narrow_modes()(q.x, t), mean_fault = estimate - exact;
  const auto mean = [&](const ArrayXXd& f) { return q(f.matrix())[0]; };

  const double from_eps = amplification * (1 - mean((eps + delta).square()));
  CHECK(std::abs(from_eps - v + amplification * (2 * mean(eps * delta) + mean(delta.square()))) < 1e-10);
  const double from_x0 = law.covariance().matrix()(0, 0) - mean((estimate - m).square());
  CHECK(std::abs(from_x0 - v + 2 * mean((exact - m) * mean_fault) + mean(mean_fault.square())) < 1e-10);
  const double residual = v + amplification * mean(delta.square());
  CHECK(std::abs(residual - (v + mean(mean_fault.square()))) < 1e-10);

  CHECK(std::abs(v - 0.299) < 5e-4);  // the true one, and what the estimators give: two of three are negative
  CHECK(std::abs(from_x0 + 0.031) < 5e-4);
  CHECK(std::abs(from_eps + 0.221) < 5e-4);
  CHECK(std::abs(residual - 0.634) < 5e-3);
}

TEST_CASE("ADPM-9: the residual of a faulty estimate, simulated, in both its forms", "[ledger][ADPM-9]") {
  const Level t = su_level(30);
  const Quadrature q = quadrature(narrow_modes(), t);
  const double amplification = t.sigma * t.sigma / (t.alpha * t.alpha),
               residual = expected_variance(narrow_modes(), t) + amplification * q(fault(q.x).square().matrix())[0];
  check(Claim{"ADPM-9", "squares of x0 - x0_hat and of (sigma/alpha)(eps - eps_hat)", numbers({residual, residual})},
        1'600'000, [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = narrow_modes().draw(n, noise.engine), eps = noise(1, n), x = t.alpha * x0 + t.sigma * eps;
          const MatrixXd x0_hat = faulty(x, t), eps_hat = (x - t.alpha * x0_hat) / t.sigma;
          return stacked({(x0 - x0_hat).array().square(), amplification * (eps - eps_hat).array().square()});
        });
}
