#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("LMS: on equal steps of sigma it is Adams and Bashforth's rule for dx/dsigma = eps") {
  const Grid grid = levels(EDM{}, {5.0, 4.0, 3.0, 2.0, 1.0});
  const Row three = LMS{.order = 3}.row(grid, 3), two = LMS{.order = 3}.row(grid, 1);
  CHECK(std::abs(three.x - 1) < 1e-15);
  CHECK(std::abs(three.eps[0] + 23. / 12) < 1e-14);
  CHECK(std::abs(three.eps[1] - 16. / 12) < 1e-14);
  CHECK(std::abs(three.eps[2] + 5. / 12) < 1e-14);
  CHECK(std::abs(two.eps[0] + 3. / 2) < 1e-14);
  CHECK(std::abs(two.eps[1] - 1. / 2) < 1e-14);
}

TEST_CASE("LMS: orders on a Gaussian") {
  for (const int p : {1, 2, 3})
    CHECK(std::abs(obeys::observed_order(LMS{.order = p}, VariancePreserving{}, 200) - p) < 0.15);
}

TEST_CASE("LMS: onto the data it keeps its order, from alpha = 0 it begins at 1") {
  const Grid down = levels(Cosine{}, uniform(5));
  const Table table = tabulate(LMS{.order = 3}, down),
              lower = tabulate(LMS{.order = 3, .lower_order_final = true}, down);
  CHECK(depth(table[0].row) == 1);
  CHECK(depth(table[1].row) == 1);
  CHECK(depth(table[4].row) == 3);
  CHECK(depth(lower[4].row) == 1);
  CHECK(depth(lower[3].row) == 2);
  obeys::marginal_mean({table[0], lower[4]});
}

TEST_CASE("LMS: in time, on rectified flow, it is Adams and Bashforth's rule for the velocity, from alpha = 0 on") {
  const Grid grid = levels(RectifiedFlow{}, uniform(5));
  const Row row = LMS{.order = 3, .slope = Slope::velocity}.row(grid, 2);
  const double h = -0.2, weight[] = {23. / 12, -16. / 12, 5. / 12};
  CHECK(row.x == 1);
  for (std::size_t k = 0; k < 3; ++k) {  // the velocity is ε̂ − x̂₀
    CHECK(std::abs(row.eps[k] - h * weight[k]) < 1e-14);
    CHECK(std::abs(row.x0[k] + h * weight[k]) < 1e-14);
  }
  CHECK(depth(tabulate(LMS{.slope = Slope::velocity}, grid)) == 4);
  obeys::marginal_mean(tabulate(LMS{.slope = Slope::velocity}, grid));
  obeys::marginal_variance(tabulate(LMS{.slope = Slope::velocity}, grid));
}

TEST_CASE("LMS: in time, of order 1 it is EulerMaruyama without noise; of other orders, on EDM, it is that in sigma") {
  const Grid vp = levels(VariancePreserving{}, uniform(6, 1, 0.1)), edm = levels(EDM{}, {8.0, 5.0, 3.0, 2.5, 1.0, 0.0});
  const Table euler = tabulate(EulerMaruyama{0}, vp), one = tabulate(LMS{.order = 1, .slope = Slope::velocity}, vp);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const Row a = eliminated(one[i].row, vp[i]), b = eliminated(euler[i].row, vp[i]);
    CHECK(std::abs(a.x - b.x) < 1e-13);
    CHECK(std::abs(a.x0[0] - b.x0[0]) < 1e-13);
  }
  const Table time = tabulate(LMS{.slope = Slope::velocity}, edm), sigma = tabulate(LMS{}, edm);
  for (std::size_t i = 0; i < time.size(); ++i) {
    const Row a = eliminated(time[i].row, edm[i]), b = eliminated(sigma[i].row, edm[i]);
    CHECK(std::abs(a.x - b.x) < 1e-13);
    for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(a.eps[k] - b.eps[k]) < 1e-13);
  }
}

TEST_CASE("LMS: orders in time") {
  for (const int p : {1, 2, 3, 4}) {
    const LMS sampler{.order = p, .slope = Slope::velocity};
    CHECK(std::abs(obeys::observed_order(sampler, VariancePreserving{}, 100) - p) < 0.15);
  }
}

TEST_CASE("IPNDM: the weights of equal steps on any grid, of order 2 where the steps change slowly") {
  const Grid grid = levels(VariancePreserving{}, {1.0, 0.9, 0.6, 0.5, 0.2});
  const Row row = IPNDM{}.row(grid, 3), same = LMS{.equal_steps = true}.row(grid, 3);
  const double weight[] = {55. / 24, -59. / 24, 37. / 24, -9. / 24};
  const double step = grid[4].sigma - grid[4].alpha / grid[3].alpha * grid[3].sigma;
  for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(row.eps[k] - step * weight[k]) < 1e-14);
  CHECK(row.eps == same.eps);
  CHECK(std::abs(obeys::observed_order(IPNDM{1}, VariancePreserving{}, 200) - 1) < 0.15);
  for (const int p : {2, 3, 4, 5})
    CHECK(std::abs(obeys::observed_order(IPNDM{p}, VariancePreserving{}, 200) - 2) < 0.15);
}

TEST_CASE("IPNDM: the ends, and on equal steps it is LMS") {
  const Grid equal = levels(EDM{}, uniform(6, 6, 0)), standing = levels(EDM{}, {5.0, 4.0, 4.0, 3.0, 2.0});
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t k = 0; k < 5; ++k)
      CHECK(std::abs(IPNDM{}.row(equal, i).eps[k] - LMS{}.row(equal, i).eps[k]) < 1e-12);
  for (const Grid& grid : {equal, standing, levels(Cosine{}, uniform(6)), levels(RectifiedFlow{}, uniform(6))}) {
    obeys::marginal_mean(tabulate(IPNDM{}, grid));
    obeys::marginal_variance(tabulate(IPNDM{}, grid));
  }
  CHECK(depth(IPNDM{}.row(standing, 1)) == 0);
  CHECK(depth(IPNDM{}.row(standing, 2)) == 3);  // through the row that does nothing
  CHECK(depth(IPNDM{}.row(standing, 3)) == 4);
}

TEST_CASE("LMS: refusals") {
  CHECK(contains(refusal([] { tabulate(LMS{.order = 6}, levels(EDM{}, {2.0, 1.0})); }), "order = 6"));
  CHECK(contains(refusal([] { tabulate(LMS{}, levels(EDM{}, {0.0, 1.0})); }), "no noise"));
  CHECK(contains(refusal([] { tabulate(LMS{.slope = Slope::velocity}, {EDM{}(1), clean}); }), "times 1 and nan"));
  CHECK(contains(refusal([] { tabulate(IPNDM{.order = 0}, levels(EDM{}, {2.0, 1.0})); }), "order = 0"));
}
