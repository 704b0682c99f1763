#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;

TEST_CASE("gradient: what is of another shape or not finite is refused with the time") {
  const Level t{.time = 0.4, .alpha = 0.5, .sigma = 2};
  const MatrixXd x = MatrixXd::Ones(2, 3);
  const auto at = [&](const MatrixXd& g) {
    return detail::gradient_at(
        "test", [&](const MatrixXd&, const Level&) { return g; }, x, t);
  };
  CHECK(at(2 * x) == 2 * x);
  CHECK(contains(refusal([&] { at(MatrixXd::Ones(3, 2)); }), "test: at time 0.4", "the shape 3x2", "a state of 2x3"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(refusal<std::domain_error>([&] { at(nan * x); }), "test: at time 0.4", "not finite"));
}

TEST_CASE("gradient: an estimate moves by sigma^2/alpha of it") {
  CHECK(detail::estimate_per_gradient("test", {.alpha = 0.5, .sigma = 2}) == 8);
  CHECK(contains(refusal([&] { detail::estimate_per_gradient("test", {.time = 1, .alpha = 0, .sigma = 1}); }),
                 "test at time 1", "alpha = 0"));
}

TEST_CASE("gradient: a product of the wrong shape or not finite is refused by the samplers that add it") {
  const Level t{.time = 0.4, .alpha = 0.8, .sigma = 0.6}, s{.time = 0.2, .alpha = 0.9, .sigma = 0.4};
  const MatrixXd x = MatrixXd::Ones(2, 3);
  const auto zero = [](const MatrixXd& y, const Level&) -> MatrixXd { return 0 * y; };
  const LinearMeasurement y(Eigen::RowVector2d(1, 2), MatrixXd::Constant(1, 1, 0.5), 0.1);
  const auto turned = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return u.transpose(); };
  const auto endless = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return u / 0.0; };
  CHECK(contains(refusal([&] { sample(zero, DPS{DDIM{}, y, turned}, x, {t, s}); }), "DPS", "3x2", "2x3"));
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(zero, DPS{DDIM{}, y, endless}, x, {t, s});
                 }),
                 "DPS", "not finite"));
  CHECK(contains(refusal([&] {
                   sample(zero, PseudoinverseGuidance{DDIM{}, y, turned}, x, {t, s});
                 }),
                 "PseudoinverseGuidance", "3x2"));
  CHECK(contains(refusal([&] { mmps(zero, y, turned)(x, t); }), "mmps", "3x2"));
}
