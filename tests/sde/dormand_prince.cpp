#include "support/test.hpp"

using tweedie::DormandPrince;

namespace {

using Pair = DormandPrince;
using Weights = std::array<double, Pair::stages>;

/// Σ_i w_i f_i.
double dot(const Weights& w, const Weights& f) {
  double sum = 0;
  for (std::size_t i = 0; i < Pair::stages; ++i) sum += w[i] * f[i];
  return sum;
}
/// Σ_j a_ij f_j.
Weights inner(const Weights& f) {
  Weights sums{};
  for (std::size_t i = 0; i < Pair::stages; ++i)
    for (std::size_t j = 0; j + 1 < Pair::stages; ++j) sums[i] += Pair::a[i][j] * f[j];
  return sums;
}
Weights times(const Weights& f, const Weights& g) {
  Weights product{};
  for (std::size_t i = 0; i < Pair::stages; ++i) product[i] = f[i] * g[i];
  return product;
}
/// The largest defect of the conditions of order n: one for each rooted tree of n vertices.
double defect(const Weights& b, int n) {
  const Weights &c = Pair::c, c2 = times(c, c), c3 = times(c2, c), Ac = inner(c), Ac2 = inner(c2), AAc = inner(Ac);
  const auto off = [&](const Weights& tree, double density) { return std::abs(dot(b, tree) - 1 / density); };
  Weights one;
  one.fill(1);
  switch (n) {
    case 1: return off(one, 1);
    case 2: return off(c, 2);
    case 3: return std::max(off(c2, 3), off(Ac, 6));
    case 4: return std::max({off(c3, 4), off(times(c, Ac), 8), off(Ac2, 12), off(AAc, 24)});
    default:
      return std::max({off(times(c2, c2), 5), off(times(c2, Ac), 10), off(times(Ac, Ac), 20), off(times(c, Ac2), 15),
                       off(times(c, AAc), 30), off(inner(c3), 20), off(inner(times(c, Ac)), 40), off(inner(Ac2), 60),
                       off(inner(AAc), 120)});
  }
}

}  // namespace

TEST_CASE("DormandPrince: the conditions of order 5, and of order 4 for its companion") {
  Weights companion = Pair::b;
  for (std::size_t i = 0; i < Pair::stages; ++i) companion[i] -= Pair::error[i];
  for (int n = 1; n <= Pair::order; ++n) {
    INFO("order " << n);
    CHECK(defect(Pair::b, n) < 1e-15);
    if (n < Pair::order)
      CHECK(defect(companion, n) < 1e-15);
    else
      CHECK(defect(companion, n) > 1e-4);
  }
  Weights one;
  one.fill(1);
  const Weights sums = inner(one);
  for (std::size_t i = 0; i < Pair::stages; ++i) CHECK(std::abs(sums[i] - Pair::c[i]) < 1e-14);
  for (std::size_t j = 0; j + 1 < Pair::stages; ++j) CHECK(Pair::a[Pair::stages - 1][j] == Pair::b[j]);
}
