#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

const VariancePreserving vp{};

double flow(double rho) {
  return rho;
}
double reverse(double rho) {
  return rho * rho;
}
double ratio(const Level& t) {
  return t.sigma / t.alpha;
}
void check_same(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Row left = eliminated(a[i].row, a[i].from), right = eliminated(b[i].row, b[i].from);
    INFO("row " << i);
    CHECK(std::abs(left.x - right.x) < 1e-12);
    CHECK(std::abs(left.x0[0] - right.x0[0]) < 1e-12);
    CHECK(std::abs(left.z - right.z) < 1e-13);
  }
}

}  // namespace

TEST_CASE("ERSDE: order 1 with phi = rho^(1 + n^2) is ExponentialEuler, DDIM for n = 0 and DDPM for n = 1") {
  for (const Grid& grid : {levels(vp, uniform(6)), karras(EDM{}, 6, 80, 0.02), levels(vp, {1.0, 0.7, 0.7, 0.0})}) {
    check_same(tabulate(ERSDE{.order = 1, .phi = flow}, grid), tabulate(DDIM{}, grid));
    check_same(tabulate(ERSDE{.order = 1, .phi = reverse}, grid), tabulate(DDPM{}, grid));
    const auto phi = [](double rho) { return std::pow(rho, 1 + 0.6 * 0.6); };
    check_same(tabulate(ERSDE{.order = 1, .phi = phi}, grid), tabulate(ExponentialEuler{0.6}, grid));
  }
}

TEST_CASE("ERSDE: order 1 from alpha = 0, with noise and without") {
  const Grid grid = levels(Cosine{}, uniform(4));
  check_same(tabulate(ERSDE{.order = 1, .phi = reverse}, grid), tabulate(DDPM{}, grid));
  check_same(tabulate(ERSDE{.order = 1, .phi = flow}, grid), tabulate(DDIM{}, grid));
}

TEST_CASE("ERSDE: with phi = rho no row draws noise, not even of rounding") {
  for (int n = 3; n < 20; ++n)
    for (const Step& step : tabulate(ERSDE{.phi = flow}, karras(EDM{}, n, 80, 0.02))) CHECK(step.row.z == 0);
}

TEST_CASE("ERSDE: orders 2 and 3 with phi = rho^2 by hand, over short steps and long ones") {
  for (const Grid& grid : {levels(vp, {1.0, 0.8, 0.6, 0.5}), levels(EDM{}, {80.0, 20.0, 10.0, 0.02})}) {
    const Level &t = grid[2], &s = grid[3];
    const double a = ratio(t), b = ratio(s), q = b * b / (a * a);
    // ∫_b^a dr/r² and ∫_b^a (r − a)/r² dr
    const double first = 1 / b - 1 / a, second = std::log(a / b) - a / b + 1;
    const double c1 = b - a + b * b * first, c2 = (b - a) * (b - a) / 2 + b * b * second;
    const double d1 = a - ratio(grid[1]), d2 = a - ratio(grid[0]);  // to the older nodes
    for (const int order : {2, 3}) {
      const Row row = ERSDE{.order = order, .phi = reverse, .lower_order_final = false}.row(grid, 2);
      CHECK(std::abs(row.x - s.alpha / t.alpha * q) < 1e-13);
      CHECK(std::abs(row.z - s.alpha * std::sqrt(b * b - b * b * b * b / (a * a))) < 1e-13);
      // What the row makes of x̂₀ = 1, ρ − ρ_t and (ρ − ρ_t)²/2: their derivatives at ρ_t are exact.
      CHECK(std::abs(row.x0[0] + row.x0[1] + row.x0[2] - s.alpha * (1 - q)) < 1e-13);
      CHECK(std::abs(-row.x0[1] * d1 - row.x0[2] * d2 - s.alpha * c1) < 1e-12 * std::abs(c1));
      if (order == 2) CHECK(row.x0[2] == 0);
      if (order == 3)
        CHECK(std::abs(row.x0[1] * d1 * d1 / 2 + row.x0[2] * d2 * d2 / 2 - s.alpha * c2) < 1e-11 * std::abs(c2));
    }
  }
}

TEST_CASE("ERSDE: rows keep mean and variance, whatever the ends") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const Grid& grid :
       {levels(vp, uniform(7)), levels(Cosine{}, uniform(7)), levels(RectifiedFlow{}, uniform(7)),
        levels(zero_snr, trailing(7)), karras(EDM{}, 8, 80, 0.02), levels(vp, {1.0, 0.8, 0.8, 0.5, 0.2, 0.0})})
    for (const int p : {1, 2, 3})
      for (const bool lower : {true, false})
        for (const ERSDE& sampler : {ERSDE{}, ERSDE{.phi = flow}, ERSDE{.phi = reverse}}) {
          const Table table = tabulate(ERSDE{p, sampler.phi, lower}, grid);
          obeys::marginal_mean(table);
          obeys::marginal_variance(table);
        }
}

TEST_CASE("ERSDE: warm-up, lower order at the end, infinite lambda and steps of length zero") {
  const auto depths = [](const ERSDE& sampler, const Grid& grid) {
    std::vector<std::size_t> list;
    for (const Step& step : tabulate(sampler, grid)) list.push_back(depth(step.row));
    return list;
  };
  using Depths = std::vector<std::size_t>;
  const ERSDE upto{.lower_order_final = false};
  CHECK(depths({}, levels(vp, uniform(6, 1, 0.1))) == Depths{1, 2, 3, 3, 2, 1});
  CHECK(depths(upto, levels(vp, uniform(6, 1, 0.1))) == Depths{1, 2, 3, 3, 3, 3});
  CHECK(depths(upto, levels(Cosine{}, uniform(5))) == Depths{1, 1, 2, 3, 1});
  CHECK(depths(upto, levels(vp, {1.0, 0.8, 0.8, 0.6, 0.5})) == Depths{1, 0, 3, 4});  // the second row does nothing
}

TEST_CASE("ERSDE: orders of a Gaussian's deviation") {
  const auto order = [](int p, const std::function<double(double)>& phi, int n) {
    return obeys::observed_order(ERSDE{.order = p, .phi = phi, .lower_order_final = false}, vp, n);
  };
  for (const int p : {1, 2, 3}) CHECK(std::abs(order(p, flow, 100) - p) < 0.15);
  for (const int p : {1, 2, 3}) CHECK(std::abs(order(p, ERSDE{}.phi, 50) - p) < 0.15);  // little noise
  // With more of it estimates of before hold other noise: order 2 at most.
  CHECK(std::abs(order(1, reverse, 200) - 1) < 0.15);
  CHECK(std::abs(order(2, reverse, 200) - 2) < 0.15);
  CHECK(std::abs(order(3, reverse, 200) - 2) < 0.15);
}

TEST_CASE("ERSDE: refusals") {
  const Grid grid = levels(vp, uniform(4));
  const auto refused = [](const ERSDE& sampler, const Grid& on) { return refusal([&] { tabulate(sampler, on); }); };
  CHECK(contains(refused({.order = 4}, grid), "order = 4"));
  CHECK(contains(refused({.order = 0}, grid), "order = 0"));
  CHECK(contains(refused({}, levels(vp, uniform(3, 0.1, 1))), "less noise only"));
  CHECK(contains(refused({}, levels(vp, {0.0, 0.1})), "from a level with noise"));
  CHECK(contains(refused({.phi = [](double rho) { return std::sqrt(rho); }}, grid), "between 0 and"));
  CHECK(contains(refused({.phi = [](double rho) { return rho - 0.5; }}, grid), "between 0 and"));
}
