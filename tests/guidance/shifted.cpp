#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {
const Level t{.time = 0.4, .alpha = 0.5, .sigma = 2};
MatrixXd third(const MatrixXd& x, const Level&) {
  return x / 3;
}
}  // namespace

TEST_CASE("shifted: the estimate and scale times the shift, which is given the estimate") {
  const MatrixXd x{{3, -6}};
  const auto guided = shifted(
      third, [](const MatrixXd& y, const Level& s, const MatrixXd& x0) { return MatrixXd(y + s.sigma * x0); }, 4);
  CHECK(largest_difference(guided(x, t), MatrixXd{{1 + 4 * (3 + 2 * 1), -2 + 4 * (-6 + 2 * -2)}}) == 0);
}

TEST_CASE("shifted: nothing at scale 0 and at sigma = 0, where the shift is not asked for; alpha = 0 is refused") {
  int calls = 0;
  const auto counted = [&](const MatrixXd& y, const Level&, const MatrixXd&) { return ++calls, MatrixXd(y); };
  const MatrixXd x{{3, -6}};
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  CHECK(largest_difference(shifted(third, counted, 0, "test")(x, blind), third(x, t)) == 0);
  CHECK(largest_difference(shifted(third, counted, 1, "test")(x, clean), third(x, t)) == 0);
  CHECK(calls == 0);
  const auto guided = shifted(third, counted, 1, "test");
  CHECK(contains(refusal([&] { guided(x, blind); }), "test at time 1", "alpha = 0"));
  CHECK(contains(refusal([&] { guided.check(blind); }), "test at time 1", "alpha = 0"));
}
