#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::matrix;
using tests::guidance::predicting;
using tests::guidance::two;

TEST_CASE("rescaled: the combined prediction gets back a share of the conditional one's spread") {
  // Sample 0: y_γ = (1, 1) + 3 (2, 0) = (7, 1), three times as far from its mean as (3, 1). Sample 1: y_γ = (8, −4), of
  // spread 6, and 2 before.
  MatrixXd c(2, 2), u(2, 2), expected(2, 2);
  c << 3, 4, 1, 0;
  u << 1, 2, 1, 2;
  const double first = 0.6 / 3 + 0.4, second = 0.6 / 3 + 0.4;
  expected << 7 * first, 8 * second, 1 * first, -4 * second;
  check_rule(c, u, expected, [](const auto& with, const auto& without, Prediction kind) {
    return rescaled(with, without, 3, 0.6, kind);
  });
}

TEST_CASE("rescaled: each sample by itself, three numbers") {
  // y_γ = u + 2 (c − u) = (2, 4, 0): deviations (0, 2, −2), of c = (1, 3, 2) (−1, 1, 0): a ratio of √(2/8) = ½, whole
  // for φ = 1.
  const MatrixXd c = matrix({{1}, {3}, {2}}), u = matrix({{0}, {2}, {4}}), expected = matrix({{1}, {2}, {0}});
  check_rule(c, u, expected, [](const auto& with, const auto& without, Prediction kind) {
    return rescaled(with, without, 2, 1, kind);
  });
}

TEST_CASE("rescaled: 0 is classifier-free guidance, and scale 1 the conditional denoiser") {
  const MatrixXd c = two(3, 1), u = two(5, -2);
  check_rule(c, u, u + 7.5 * (c - u), [](const auto& with, const auto& without, Prediction kind) {
    return rescaled(with, without, 7.5, 0, kind);
  });
  check_rule(c, u, c, [](const auto& with, const auto& without, Prediction kind) {
    return rescaled(with, without, 1, 0.9, kind);
  });
}

TEST_CASE("rescaled: what has no spread is left") {
  const MatrixXd c = two(3, 1), u = two(5, -1);
  const MatrixXd x = two(1, 1);
  const auto guided = rescaled(predicting(Prediction::x0, c), predicting(Prediction::x0, u), 1.5, 0.5, Prediction::x0);
  CHECK(guided(x, tests::guidance::level()) == two(2, 2));  // u + 1.5 (−2, 2)
}

TEST_CASE("rescaled: refusals") {
  const auto given = predicting(Prediction::eps, matrix({{1, 1}}));
  CHECK(contains(refusal([&] { rescaled(given, given, 2, 1.5); }), "rescale = 1.5", "[0, 1]"));
  CHECK(contains(refusal([&] { rescaled(given, given, 2, std::nan("")); }), "rescale = nan"));
  CHECK(contains(refusal([&] { rescaled(given, given, std::nan(""), 0.5); }), "scale is nan"));
  CHECK(contains(refusal([&] {
                   rescaled(given, given, 2, 0.5)(matrix({{1, 1}}), VariancePreserving{}(0.5));
                 }),
                 "one number"));
  // What is combined must have a meaning at the level, before the first row.
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  const auto same = [](const MatrixXd& x, const Level&) -> MatrixXd { return x; };
  CHECK(contains(refusal([&] { check_denoiser(rescaled(same, same, 2, 0.5, Prediction::eps), blind); }),
                 "eps prediction", "alpha = 0"));
}
