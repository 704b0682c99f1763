#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::matrix;
using tests::guidance::predicting;
using tests::guidance::two;

TEST_CASE(
    "magnitude_aware: the scale falls with the distance of the two predictions in units of the unconditional one") {
  // Distances 1 and 5, sizes √2 and 10.
  const double near = 1 + 6.5 * std::exp(-8 / std::sqrt(2.0)), far = 1 + 6.5 * std::exp(-8 * 0.5);
  const MatrixXd c = matrix({{1, 3}, {2, 4}}), u = matrix({{1, 6}, {1, 8}}),
                 expected = matrix({{1, 6 - 3 * far}, {1 + near, 8 - 4 * far}});
  check_rule(c, u, expected, [](const auto& with, const auto& without, Prediction kind) {
    return magnitude_aware(with, without, 7.5, 8, kind);
  });
}

TEST_CASE("magnitude_aware: no decay is classifier-free guidance, and scale 1 the conditional denoiser") {
  const MatrixXd c = two(3, 1), u = two(5, -2), none = 0 * u;
  const auto of = [](double gamma, double decay) {
    return [=](const auto& with, const auto& without, Prediction kind) {
      return magnitude_aware(with, without, gamma, decay, kind);
    };
  };
  check_rule(c, u, u + 7.5 * (c - u), of(7.5, 0));
  check_rule(c, u, c, of(1, 8));
  // An unconditional prediction of 0 is infinitely far away; equal ones are not.
  check_rule(c, none, c, of(7.5, 8));
  check_rule(c, none, 7.5 * c, of(7.5, 0));
  check_rule(none, none, none, of(7.5, 8));
  check_rule(c, c, c, of(7.5, 8));
}

TEST_CASE("magnitude_aware: refusals") {
  const auto given = predicting(Prediction::eps, two(1, 1));
  CHECK(contains(refusal([&] { magnitude_aware(given, given, 2, -1); }), "decay = -1", "not negative"));
  CHECK(contains(refusal([&] { magnitude_aware(given, given, 2, std::nan("")); }), "decay = nan"));
  CHECK(contains(refusal([&] { magnitude_aware(given, given, std::nan("")); }), "scale is nan"));
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  const auto same = [](const MatrixXd& x, const Level&) -> MatrixXd { return x; };
  CHECK(
      contains(refusal([&] { check_denoiser(magnitude_aware(same, same, 2), blind); }), "eps prediction", "alpha = 0"));
}
