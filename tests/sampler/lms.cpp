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
    CHECK(std::abs(laws::observed_order(LMS{.order = p}, VariancePreserving{}, 200) - p) < 0.15);
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
  laws::marginal_mean({table[0], lower[4]});
}

TEST_CASE("LMS: refusals") {
  CHECK(contains(refusal([] { tabulate(LMS{.order = 6}, levels(EDM{}, {2.0, 1.0})); }), "order = 6"));
  CHECK(contains(refusal([] { tabulate(LMS{}, levels(EDM{}, {0.0, 1.0})); }), "no noise"));
}
