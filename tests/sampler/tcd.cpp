#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};

void check_same(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(std::abs(a[i].row.x - b[i].row.x) < 1e-14);
    CHECK(std::abs(a[i].row.x0[0] - b[i].row.x0[0]) < 1e-14);
    CHECK(std::abs(a[i].row.eps[0] - b[i].row.eps[0]) < 1e-14);
    CHECK(std::abs(a[i].row.z - b[i].row.z) < 1e-14);
  }
}

}  // namespace

TEST_CASE("TCD: algorithm 4 by hand") {
  const double gamma = 0.3;
  const Level t = vp(0.9), s = vp(0.5), down = vp(0.35);  // s' = (1 − γ) s
  const Row row = TCD{.gamma = gamma, .at = vp}.row(t, s);
  // x̃ = α_s' x̂₀ + σ_s' ε̂,   x_s = (α_s/α_s') x̃ + √(1 − α_s²/α_s'²) ζ
  const double a = s.alpha / down.alpha;
  CHECK(row.x == 0);
  CHECK(std::abs(row.x0[0] - a * down.alpha) < 1e-14);
  CHECK(std::abs(row.eps[0] - a * down.sigma) < 1e-14);
  CHECK(std::abs(row.z - std::sqrt(1 - a * a)) < 1e-14);
}

TEST_CASE("TCD: gamma = 0 is DDIM and gamma = 1 is Consistency") {
  for (const Grid& grid : {levels(vp, uniform(4)), levels(vp, {1.0, 0.6, 0.6, 0.0})}) {
    check_same(tabulate(TCD{.gamma = 0, .at = vp}, grid), tabulate(DDIM{}, grid));
    check_same(tabulate(TCD{.gamma = 1, .at = vp}, grid), tabulate(Consistency{}, grid));
  }
}

TEST_CASE("TCD: rows keep mean and variance, whatever the ends") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const double gamma : {0.0, 0.3, 0.8, 1.0})
    for (const Table& table :
         {tabulate(TCD{.gamma = gamma, .at = Cosine{}}, levels(Cosine{}, uniform(4))),
          tabulate(TCD{.gamma = gamma, .at = RectifiedFlow{}}, levels(RectifiedFlow{}, uniform(4))),
          tabulate(TCD{.gamma = gamma, .at = zero_snr}, levels(zero_snr, trailing(4))),
          tabulate(TCD{.gamma = gamma, .at = EDM{}}, levels(EDM{}, {80.0, 3.0, 0.5, 0.0}))}) {
      obeys::marginal_mean(table);
      obeys::marginal_variance(table);
    }
}

TEST_CASE("TCD: refusals") {
  const auto refused = [](const TCD& sampler, const Level& s) { return refusal([&] { sampler.row(vp(0.9), s); }); };
  CHECK(contains(refused({.gamma = -0.1, .at = vp}, vp(0.5)), "gamma = -0.1"));
  CHECK(contains(refused({.gamma = 1.1, .at = vp}, vp(0.5)), "gamma = 1.1"));
  CHECK(contains(refused({}, vp(0.5)), ".at = schedule"));
  CHECK(contains(refused({.at = vp}, {.alpha = 0.8, .sigma = 0.6}), "time nan"));
}
