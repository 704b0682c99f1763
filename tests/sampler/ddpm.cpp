#include "laws.hpp"

using namespace tweedie;

namespace {
const Grid vp_grid = levels(VariancePreserving{}, uniform(20)), cosine_grid = levels(Cosine{}, uniform(20)),
           ve_grid = levels(VarianceExploding{}, uniform(20)), flow_grid = levels(RectifiedFlow{}, uniform(20));
}

TEST_CASE("DDPM obeys the laws of a sampler on every process") {
  for (const Grid& grid : {vp_grid, cosine_grid, ve_grid, flow_grid}) {
    obeys::marginal_mean(tabulate(DDPM{}, grid));
    obeys::marginal_variance(tabulate(DDPM{}, grid));
    obeys::marginal_mean(tabulate(DDPM{.variance = forward_variance}, grid));
  }
}

TEST_CASE("DDPM is Ho's equation 7 on a chain") {
  const Discrete chain = Discrete::linear();
  for (const int n : {2, 500, 1000}) {
    const Level t = chain(n), s = chain(n - 1);
    const double bar = t.alpha * t.alpha, bar_s = s.alpha * s.alpha, alpha = bar / bar_s, beta = 1 - alpha;
    const Row row = DDPM{}.row(t, s), large = DDPM{forward_variance}.row(t, s);
    CHECK(std::abs(row.x / (std::sqrt(alpha) * (1 - bar_s) / (1 - bar)) - 1) < 1e-11);
    CHECK(std::abs(row.x0[0] / (std::sqrt(bar_s) * beta / (1 - bar)) - 1) < 1e-11);
    CHECK(std::abs(row.z * row.z / (beta * (1 - bar_s) / (1 - bar)) - 1) < 1e-11);
    CHECK(std::abs(large.z * large.z / beta - 1) < 1e-11);
  }
}

TEST_CASE("DDPM takes any variance and draws no noise onto the data") {
  const DDPM own{.variance = [](const Level& t, const Level& s) { return 0.25 * t.sigma * s.sigma; }};
  const Table table = tabulate(own, vp_grid);
  CHECK(std::abs(table[3].row.z * table[3].row.z - 0.25 * vp_grid[3].sigma * vp_grid[4].sigma) < 1e-16);
  CHECK(table.back().row.z == 0);
  const Row last = tabulate(DDPM{forward_variance}, vp_grid).back().row;
  CHECK(last.x == 0);
  CHECK(last.x0[0] == 1);
  CHECK(last.z == 0);
}

TEST_CASE("DDPM refuses") {
  CHECK(tests::contains(tests::refusal([] { DDPM{}.row(EDM{}(1), EDM{}(2)); }), "less noise only"));
  CHECK(tests::contains(
      tests::refusal([] { DDPM{[](const Level&, const Level&) { return -1.; }}.row(EDM{}(2), EDM{}(1)); }), "DDPM",
      "-1", "not negative"));
  CHECK(tests::contains(
      tests::refusal([] { DDPM{[](const Level&, const Level&) { return std::nan(""); }}.row(EDM{}(2), EDM{}(1)); }),
      "nan"));
}
