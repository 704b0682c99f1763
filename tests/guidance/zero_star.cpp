#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::level;
using tests::guidance::predicting;
using tests::guidance::two;

namespace {
constexpr double nowhere = -std::numeric_limits<double>::infinity();
}

TEST_CASE("zero_star: the unconditional prediction is scaled to the conditional one") {
  // s = 3/2 and −2/4: y = s u + 3 (c − s u).
  MatrixXd c(2, 2), u(2, 2), expected(2, 2);
  c << 2, 5, 1, -1;
  u << 1, 0, 1, 2;
  expected << 3, 15, 0, -1;  // (1.5, 1.5) + 3 (0.5, −0.5); (0, −1) + 3 (5, 0)
  check_rule(c, u, expected, [](const auto& with, const auto& without, Prediction kind) {
    return zero_star(with, without, 3, nowhere, kind);
  });
}

TEST_CASE("zero_star: scale 1 is the conditional denoiser, and an unconditional prediction of 0 stays 0") {
  const MatrixXd c = two(2, 1), u = two(-3, 1);
  check_rule(c, u, c, [](const auto& with, const auto& without, Prediction kind) {
    return zero_star(with, without, 1, nowhere, kind);
  });
  check_rule(c, 0 * u, 4 * c, [](const auto& with, const auto& without, Prediction kind) {
    return zero_star(with, without, 4, nowhere, kind);
  });
}

TEST_CASE("zero_star: below a lambda the prediction is 0") {
  const MatrixXd c = two(2, 1), u = two(1, 1);
  const double here = lambda(level());
  check_rule(c, u, 0 * c, [&](const auto& with, const auto& without, Prediction kind) {
    return zero_star(with, without, 3, here + 1e-9, kind);
  });
  check_rule(c, u, two(3, 0), [&](const auto& with, const auto& without, Prediction kind) {
    return zero_star(with, without, 3, here, kind);
  });
  // A velocity of 0 on rectified flow: dx/dt = 0, and Euler's step stays where it is.
  const Grid grid = levels(RectifiedFlow{}, {0.9, 0.7});
  const auto still = zero_star(predicting(Prediction::velocity, c), predicting(Prediction::velocity, u), 3, 0.0);
  const MatrixXd x = two(0.5, -2);
  CHECK(largest_difference(sample(still, DDIM{}, x, grid), x) < 1e-14);
}

TEST_CASE("zero_star: at sigma = 0 the conditional estimate is left") {
  const auto same = [](const MatrixXd& x, const Level&) -> MatrixXd { return x; };
  const auto other = [](const MatrixXd& x, const Level&) -> MatrixXd { return 2 * x; };
  const MatrixXd x = two(1, 1);
  CHECK(zero_star(same, other, 3)(x, RectifiedFlow{}(0)) == x);
}

TEST_CASE("zero_star: refusals") {
  const auto given = predicting(Prediction::eps, two(1, 1));
  CHECK(contains(refusal([&] { zero_star(given, given, 2, std::nan("")); }), "zero_below is NaN", "lambda"));
  CHECK(contains(refusal([&] { zero_star(given, given, std::nan("")); }), "scale is nan"));
  const Level without_rates{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
  CHECK(contains(refusal([&] { check_denoiser(zero_star(given, given, 2), without_rates); }), "velocity", "time 0.5"));
}
