#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const MatrixXd start = Eigen::RowVectorXd::LinSpaced(5, -1.6, 1.6);

std::function<double(const Level&)> constant(double tau) {
  return [=](const Level&) { return tau; };
}
/// τ by time, as the paper has it: noise in the middle only.
double in_the_middle(const Level& t) {
  return t.time > 0.25 && t.time < 0.9 ? 0.8 : 0;
}
/// A ζ to count on.
void zeta(MatrixXd& z, std::int64_t row, std::int64_t) {
  z.setConstant(std::sin(2.0 * double(row) + 1));
}

/// Algorithm 1 in x̂₀, with b_j = σ_s ∫ e^(−τ²(λ_s − λ)) (1 + τ²) e^λ ℓ_j(λ) dλ and σ̃ = σ_s √(1 − e^(−2τ²h)); with
/// `flat` two estimates are joined by a line whose integral is taken as α_s (1 + τ²) h²/2 times its slope. Predictor
/// and corrector of a step draw the same noise.
MatrixXd published(const Grid& grid, std::size_t predictor, std::size_t corrector, bool flat) {
  std::vector<MatrixXd> m{tests::three_modes()(start, grid[0])};
  const auto step = [&](const MatrixXd& x, std::size_t i, std::size_t newest, std::size_t count) -> MatrixXd {
    const Level &t = grid[i], &s = grid[i + 1];
    const double tau = in_the_middle(t), share = 1 + tau * tau, h = lambda(s) - lambda(t);
    MatrixXd z = x;
    zeta(z, std::int64_t(i), 0);
    MatrixXd x_s =
        s.sigma / t.sigma * std::exp(-tau * tau * h) * x + s.sigma * std::sqrt(1 - std::exp(-2 * tau * tau * h)) * z;
    if (flat && count == 2) {
      const std::size_t other = newest == i ? i - 1 : i + 1;
      return x_s + s.alpha * (1 - std::exp(-share * h)) * m[i] +
             s.alpha * share * h * h / 2 * (m[other] - m[i]) / (lambda(grid[other]) - lambda(t));
    }
    for (std::size_t j = 0; j < count; ++j) {
      const double b = gauss(lambda(t), lambda(s), [&](double l) {
        double product = 1;
        for (std::size_t k = 0; k < count; ++k)
          if (k != j) product *= (l - lambda(grid[newest - k])) / (lambda(grid[newest - j]) - lambda(grid[newest - k]));
        return std::exp(-tau * tau * (lambda(s) - l)) * share * std::exp(l) * product;
      });
      x_s += s.sigma * b * m[newest - j];
    }
    return x_s;
  };
  MatrixXd x = start;
  for (std::size_t i = 0;; ++i) {
    const std::size_t steps = grid.size() - 1;
    const MatrixXd predicted = step(x, i, i, std::min({predictor, i + 1, steps - i}));
    if (i + 1 == steps) return predicted;
    m.push_back(tests::three_modes()(predicted, grid[i + 1]));
    x = corrector == 0 ? predicted : step(x, i, i + 1, std::min({corrector, i + 2, steps - i + 1}));
  }
}

}  // namespace

TEST_CASE("SASolver: it is the algorithm of the paper, with noise that changes from step to step") {
  const Grid grid = levels(vp, {1.0, 0.85, 0.7, 0.5, 0.35, 0.2, 0.15});
  for (const auto& [predictor, corrector] : {std::pair{1, 1}, {2, 1}, {2, 2}, {1, 3}, {3, 4}, {4, 5}, {3, 0}, {5, 0}})
    for (const bool flat : {true, false}) {
      INFO("predictor " << predictor << ", corrector " << corrector << (flat ? ", flat" : ", exact"));
      const SASolver sampler{.predictor = predictor,
                             .corrector = corrector,
                             .noise = in_the_middle,
                             .moments = flat ? Moments::flat : Moments::exact};
      const MatrixXd found = sample(tests::three_modes(), tabulate(sampler, grid), start, zeta);
      CHECK(largest_difference(found, published(grid, std::size_t(predictor), std::size_t(corrector), flat)) < 1e-12);
    }
}

TEST_CASE("SASolver: without noise it is UniPC with B1 where the corrector reads one estimate more") {
  const Grid grid = levels(vp, {1.0, 0.85, 0.7, 0.5, 0.35, 0.2, 0.15});
  for (const int p : {1, 2, 3, 4})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps})
      for (const bool lower : {true, false}) {
        const SASolver a{.predictor = p,
                         .corrector = p + 1,
                         .prediction = prediction,
                         .noise = constant(0),
                         .lower_order_final = lower};
        const UniPC b{.order = p, .prediction = prediction, .moments = Moments::flat, .lower_order_final = lower};
        CHECK(largest_difference(sample(tests::three_modes(), tabulate(a, grid), start),
                                 sample(tests::three_modes(), tabulate(b, grid), start)) < 1e-13);
      }
}

TEST_CASE("SASolver: without its corrector it is DPMSolver") {
  const Grid grid = levels(vp, {1.0, 0.85, 0.7, 0.5, 0.35, 0.2, 0.15});
  for (const int p : {1, 2, 3, 4, 5})
    for (const double noise : {0.0, 0.4, 1.0})
      for (const Prediction prediction : {Prediction::x0, Prediction::eps}) {
        const SASolver a{.predictor = p,
                         .corrector = 0,
                         .prediction = prediction,
                         .noise = constant(noise),
                         .moments = Moments::exact};
        const DPMSolver b{.order = p, .prediction = prediction, .noise = noise};
        for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
          CHECK(a.row(grid, i).x0 == b.row(grid, i).x0);
          CHECK(a.row(grid, i).eps == b.row(grid, i).eps);
          CHECK(a.row(grid, i).x == b.row(grid, i).x);
          CHECK(a.row(grid, i).z == b.row(grid, i).z);
        }
      }
}

TEST_CASE("SASolver: rows keep mean and variance of a standing estimate, whatever the ends") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const Grid& grid : {levels(vp, uniform(9)), levels(Cosine{}, uniform(9)), levels(RectifiedFlow{}, uniform(9)),
                           levels(zero_snr, trailing(9)), karras(EDM{}, 9, 80, 0.02),
                           levels(vp, {1.0, 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.2, 0.0})})
    for (const int predictor : {1, 2, 3, 4})
      for (const int corrector : {0, 1, 2, 3, 4, 5})
        for (const double noise : {0.0, 1.0}) {
          const Table table =
              tabulate(SASolver{.predictor = predictor, .corrector = corrector, .noise = constant(noise)}, grid);
          obeys::marginal_mean(table);
          obeys::marginal_variance(table);
        }
}

TEST_CASE("SASolver: a predictor of five estimates has all slots to itself") {
  const Grid grid = levels(vp, uniform(9, 1, 0.1));
  obeys::marginal_mean(tabulate(SASolver{.predictor = 5, .corrector = 0}, grid));
  CHECK(contains(refusal([&] { tabulate(SASolver{.predictor = 5}, grid); }), "predictor = 5", "corrector"));
}

TEST_CASE("SASolver: with a corrector the order is the smaller of predictor + 1 and corrector") {
  const auto order = [](int predictor, int corrector, double noise) {
    return obeys::observed_order(
        SASolver{.predictor = predictor, .corrector = corrector, .noise = constant(noise), .lower_order_final = false},
        vp, 200);
  };
  CHECK(std::abs(order(1, 1, 0) - 1) < 0.15);
  CHECK(std::abs(order(1, 2, 0) - 2) < 0.15);
  CHECK(std::abs(order(1, 3, 0) - 2) < 0.15);
  CHECK(std::abs(order(2, 1, 0) - 1) < 0.15);
  CHECK(std::abs(order(2, 2, 0) - 2) < 0.15);
  CHECK(std::abs(order(2, 3, 0) - 3) < 0.15);
  CHECK(std::abs(order(3, 4, 0) - 4) < 0.15);
  // Of the law's standard deviation, with noise.
  CHECK(std::abs(order(1, 0, 1) - 1) < 0.15);
  CHECK(std::abs(order(2, 0, 1) - 2) < 0.15);
  CHECK(std::abs(order(2, 2, 1) - 2) < 0.15);
}

TEST_CASE("SASolver: refusals") {
  const Grid grid = levels(vp, uniform(4)), up(grid.rbegin(), grid.rend());
  const auto refused = [](const SASolver& sampler, const Grid& on) { return refusal([&] { tabulate(sampler, on); }); };
  CHECK(contains(refused({.predictor = 6}, grid), "predictor = 6"));
  CHECK(contains(refused({.predictor = 0}, grid), "predictor = 0"));
  CHECK(contains(refused({.corrector = 6}, grid), "corrector = 6"));
  CHECK(contains(refused({.corrector = -1}, grid), "corrector = -1"));
  CHECK(contains(refused({.prediction = Prediction::v}, grid), "SASolver: ", "x0 or eps"));
  CHECK(contains(refused({.noise = constant(-1)}, grid), "SASolver: noise = -1"));
  CHECK(contains(refused({}, levels(vp, uniform(3, 0.1, 1))), "SASolver: ", "less noise only"));
  CHECK(contains(refused({.prediction = Prediction::eps}, grid), "row 3", "sigma = 0"));
}
