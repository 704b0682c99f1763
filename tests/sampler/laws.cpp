#include "support/test.hpp"

using namespace tweedie;
using tests::contains;

namespace {
const Grid grid = levels(VariancePreserving{}, uniform(5));
}

TEST_CASE("the laws of rows hold for DDIM with any noise, and in any units of time and data") {
  for (const double eta : {0., 0.5, 1.}) {
    const Table table = tabulate(DDIM{eta}, grid);
    CHECK(laws::marginal_mean(table).empty());
    CHECK(laws::marginal_variance(table).empty());
  }
  const Table wide = tabulate(DDIM{0.7}, levels(EDM{}, uniform(5, 1e150, 1e-150)));
  CHECK(laws::marginal_mean(wide).empty());
  CHECK(laws::marginal_variance(wide).empty());
}

TEST_CASE("a row off by a billionth breaks the law that it is under, and is named") {
  Table table = tabulate(DDIM{0.5}, grid);
  table[3].row.x0[0] *= 1 + 1e-9;
  REQUIRE(laws::marginal_mean(table).size() == 1);
  CHECK(contains(laws::marginal_mean(table)[0], "row 3", "alpha_t x + sum of x0"));
  CHECK(laws::marginal_variance(table).empty());
  table[1].row.z *= 1 + 1e-9;
  REQUIRE(laws::marginal_variance(table).size() == 1);
  CHECK(contains(laws::marginal_variance(table)[0], "row 1", "z^2"));
  table[2].row.eps[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK(laws::marginal_variance(table).size() == 2);
}

TEST_CASE("every slot of a row counts, and what it takes of x_t") {
  const Level t = VariancePreserving{}(0.5), s = VariancePreserving{}(0.25);
  const double x = 0.3, x0 = s.alpha - x * t.alpha, eps = s.sigma - x * t.sigma;
  const Table table{{t, s, {.x = x, .x0 = {x0 + 1, -1}, .eps = {eps - 2, 0.5, 1.5}}}};
  CHECK(laws::marginal_mean(table).empty());
  CHECK(laws::marginal_variance(table).empty());
}
