// DDPM-4, 5, 10 and 12: the variational bound and what it tends to.
#include "mixtures.hpp"

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using namespace tests;
using tweedie::DDIM;
using tweedie::DDPM;
using tweedie::LastRow;
using tweedie::Level;
using tweedie::Step;
using tweedie::Table;

namespace {

double snr(const Level& t) {
  return t.alpha * t.alpha / (t.sigma * t.sigma);
}
/// The mean bound per dimension from mean square errors: the sum of what the library gives for each row.
template <class Variance>
double expected_bound(const Table& table, const Variance& v, double mean_square, double prior) {
  double sum = tweedie::prior_cost(table.front().from, mean_square, prior);
  for (const Step& step : table) sum += tweedie::step_cost(step, v(step.from));
  return sum;
}
/// −∫ p ln p of a mixture in one dimension.
double entropy(const tweedie::GaussianMixture<double>& mixture) {
  const Quadrature q = quadrature(mixture, tweedie::clean);
  return -q(mixture.log_density(q.x).transpose())[0];
}
/// The level of a signal-to-noise ratio u, α² + σ² = 1.
Level of_snr(double u) {
  return {.alpha = std::sqrt(u / (1 + u)), .sigma = std::sqrt(1 / (1 + u))};
}

}  // namespace

TEST_CASE("DDPM-4: Gaussian data and the optimal variance: the bound is the entropy and the prior's mismatch",
          "[ledger][DDPM-4]") {
  const double mean = 0.7, variance = 0.3, h = std::log(2 * std::numbers::pi * std::numbers::e * variance) / 2;
  const auto data = gaussian(mean, variance);
  const auto v = [&](const Level& t) { return data.posterior_variances(t)[0]; };
  const auto check_bound = [&](const tweedie::Grid& grid, double prior) {
    const auto mismatch = tweedie::kl(data.marginal(grid.front()), gaussian(0, prior * prior));
    const auto bound = [&](const Table& table) { return expected_bound(table, v, variance + mean * mean, prior); };
    const Table best = with_variance(tabulate(DDPM{}, grid), v, LastRow::noise);
    CHECK(std::abs(bound(best) - (h + mismatch)) < 1e-10);
    Table worse = best;
    worse.front().row.z *= 1.01;
    CHECK(bound(worse) > bound(best));
    CHECK(bound(with_variance(tabulate(DDIM{0.3}, grid), v, LastRow::noise)) > bound(best));
  };
  for (const int n : {2, 5, 50}) {
    check_bound(levels(tweedie::VariancePreserving{}, tweedie::uniform(n)), 1);
    check_bound(levels(tweedie::RectifiedFlow{}, tweedie::uniform(n)), 1.3);
    check_bound(levels(tweedie::EDM{}, tweedie::uniform(n, 20, 0)), 20);
  }
}

TEST_CASE("DDPM-4: the bound of Gaussian data, simulated term by term", "[ledger][DDPM-4]") {
  const auto data = gaussian(0.7, 0.3);
  const tweedie::Grid grid = levels(tweedie::VariancePreserving{}, {1, 0.5, 0.2, 0});
  const auto v = [&](const Level& t) { return data.posterior_variances(t)[0]; };
  const Table table = with_variance(tabulate(DDPM{}, grid), v, LastRow::noise);
  Eigen::VectorXd closed(4);
  closed << tweedie::prior_cost(grid.front(), 0.3 + 0.49, 1), tweedie::step_cost(table[0], v(grid[0])),
      tweedie::step_cost(table[1], v(grid[1])), tweedie::step_cost(table[2], v(grid[2]));
  check(Claim{"DDPM-4", "prior, two steps and decoder", closed}, 1'900'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = data.draw(n, noise);
          return nelbo(data, table, x0, noise, tweedie::Density{}, {.prior_deviation = 1}).terms;
        });
}

TEST_CASE("DDPM-5: with the small variance a term is half the gain of SNR times the square error", "[ledger][DDPM-5]") {
  for (const auto& [t, s] : level_pairs()) {
    const Step step{t, s, DDPM{}.row(t, s)};
    const double v = 0.37, gain = (snr(s) - snr(t)) * v / 2;
    CHECK(relative_difference(tweedie::step_cost(step, v), gain) < 1e-9);
    // The same error told as noise, ½(SNR_s/SNR_t − 1)‖ε − ε̂‖².
    CHECK(relative_difference((snr(s) / snr(t) - 1) * (v * snr(t)) / 2, gain) < 1e-12);
  }
  // Any variance, in Ho's letters: β²/(2σ²α(1 − ᾱ)) ‖ε − ε̂‖² for the part with the error.
  const auto chain = tweedie::Discrete::linear();
  for (const int n : {2, 10, 500, 1000}) {
    const Level t = chain(n), s = chain(n - 1);
    const double beta = tweedie::forward_variance(t, s), eps2 = 0.21, v = eps2 / snr(t);
    const Step step{t, s, DDPM{tweedie::forward_variance}.row(t, s)};
    const double without = tweedie::step_cost(step, 0);
    CHECK(relative_difference(tweedie::step_cost(step, v) - without,
                              beta * beta / (2 * beta * (1 - beta) * t.sigma * t.sigma) * eps2) < 1e-8);
    const double closed = tweedie::variance_cost(tweedie::posterior_variance(t, s), beta);
    CHECK(std::abs(without - closed) <
          1e-14 + 1e-8 * closed);  // near T the two are nearly equal, and this is their difference squared
  }
  CHECK(std::isinf(snr(tweedie::clean)));  // the last row has no such term, and its cost is the decoder's
}

TEST_CASE("DDPM-5: the term of a step, simulated", "[ledger][DDPM-5]") {
  const Level t = su_level(30), s = su_level(10);
  const Table table{{t, s, DDPM{}.row(t, s)}, {s, tweedie::clean, {.x0 = {1}, .z = 0.1}}};
  check(Claim{"DDPM-5", "(SNR_s - SNR_t) |x0 - x0_hat|^2/2",
              numbers({(snr(s) - snr(t)) / 2 * expected_variance(narrow_modes(), t)})},
        800'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = narrow_modes().draw(n, noise.engine);
          return nelbo(narrow_modes(), table, x0, noise).terms.row(1);
        });
}

TEST_CASE("DDPM-10: the entropy is an integral of the least square error over the signal-to-noise ratio",
          "[ledger][DDPM-10]") {
  // H = ½ ln 2πe − ½ ∫ [1/(1 + u) − mmse(u)] du, by the trapezoid rule in ln u; at both ends the integrand falls at
  // least as 1/u, so that the ends are closed by their leading terms: u(1 − Var x₀) at 0, and at ∞, (k − Σ 1/s²…)/u²,
  // below 1e−9.
  for (const auto* mixture : {&three_modes(), &narrow_modes()}) {
    double integral = 0;
    const double step = 1.0 / 16;
    for (int k = -400; k <= 480; ++k) {
      const double u = std::exp(step * k);
      integral += step * u * (1 / (1 + u) - expected_variance(*mixture, of_snr(u)));
    }
    const double h = std::log(2 * std::numbers::pi * std::numbers::e) / 2 - integral / 2;
    CHECK(std::abs(h - entropy(*mixture)) < 1e-7);
  }
}

TEST_CASE("DDPM-10: the bound of many steps comes down to the entropy", "[ledger][DDPM-10]") {
  const double h = entropy(three_modes());
  const auto v = [](const Level& t) { return expected_variance(three_modes(), t); };
  const double mean = three_modes().moments().mean()[0],
               square = three_modes().moments().covariance().matrix()(0, 0) + mean * mean;
  double before = std::numeric_limits<double>::infinity();
  for (const int n : {10, 40, 160, 640}) {
    tweedie::Grid grid = tweedie::uniform_lambda(tweedie::VariancePreserving{}, n, -5, 5);
    grid.push_back(tweedie::clean);
    const double gap = expected_bound(with_variance(tabulate(DDPM{}, grid), v, LastRow::noise), v, square, 1) - h;
    CHECK(gap > 0);
    CHECK(gap < before / 1.9);
    before = gap;
  }
  CHECK(before < 0.01);
}

TEST_CASE("DDPM-10: the least square error at equal signal and noise, simulated", "[ledger][DDPM-10]") {
  const Level t = of_snr(1);
  check(Claim{"DDPM-10", "mmse at SNR 1", numbers({expected_variance(three_modes(), t)})}, 2'200'000,
        [&](Noise& noise, Eigen::Index n) {
          const MatrixXd x0 = three_modes().draw(n, noise.engine);
          return stacked({(x0 - three_modes()(noised_by(x0, t, noise), t)).array().square()});
        });
}

TEST_CASE("DDPM-12: the mismatch of the prior", "[ledger][DDPM-12]") {
  for (const double variance : {0.3, 1.0, 4.0})
    for (const double mean : {0.0, 1.7}) {
      const auto data = gaussian(mean, variance);
      for (const Level& T :
           {tweedie::Discrete::linear()(1000), tweedie::VariancePreserving{}(0.6), tweedie::EDM{}(80)}) {
        const auto at_T = data.marginal(T);
        const double total = at_T.covariance().matrix()(0, 0), prior = 1.1;
        const double closed =
            (total / (prior * prior) + std::pow(T.alpha * mean / prior, 2) - 1 - std::log(total / (prior * prior))) / 2;
        CHECK(relative_difference(tweedie::kl(at_T, gaussian(0, prior * prior)), closed) < 1e-9);
        // Given x₀ it is the term of the bound; of the mean over x₀ it is more, by the information that x_T has of x₀.
        const double information = std::log(total / (T.sigma * T.sigma)) / 2;
        CHECK(std::abs(tweedie::prior_cost(T, variance + mean * mean, prior) - closed - information) <
              1e-9 * (1 + closed));
      }
    }
  // At short schedules it is the largest term: alpha_T = 0.6 against Ho's 0.006.
  CHECK(tweedie::prior_cost({.alpha = 0.6, .sigma = 0.8}, 1, 1) >
        1000 * tweedie::prior_cost(tweedie::Discrete::linear()(1000), 1, 1));
}

TEST_CASE("DDPM-12: the mismatch of the prior, simulated", "[ledger][DDPM-12]") {
  const auto data = gaussian(1.7, 0.3);
  const Level T{.alpha = 0.6, .sigma = 0.8};
  const auto at_T = data.marginal(T), prior = gaussian(0, 1);
  check(Claim{"DDPM-12", "ln q(x_T) - ln N(x_T; 0, 1)", numbers({tweedie::kl(at_T, prior)})}, 2'600'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x = noised_by(data.draw(n, noise), T, noise);
          return (at_T.log_density(x) - prior.log_density(x)).transpose();
        });
}
