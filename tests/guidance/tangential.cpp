#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::refusal;
using tests::guidance::check_rule;
using tests::guidance::predicting;
using tests::guidance::two;

namespace {
const auto of_scale = [](double gamma) {
  return [gamma](const auto& with, const auto& without, Prediction kind) {
    return tangential(with, without, gamma, kind);
  };
};
}  // namespace

TEST_CASE("tangential: of the unconditional prediction its part along the main direction is kept") {
  // Of (1, 0) and (1, 1) the matrix of products of coordinates is [2 1; 1 1], of eigenvalues (3 ± √5)/2: p ∝ (1, g), g
  // = (√5 − 1)/2.
  const double g = (std::sqrt(5.0) - 1) / 2, along = (1 + g) / (1 + g * g);
  const MatrixXd kept = two(along, along * g);
  check_rule(two(1, 0), two(1, 1), kept + 3 * (two(1, 0) - kept), of_scale(3));
  // The other way round the same direction; along it (1, 0) has 1/(1 + g²).
  const MatrixXd other = two(1, g) / (1 + g * g);
  check_rule(two(1, 1), two(1, 0), other + 3 * (two(1, 1) - other), of_scale(3));
}

TEST_CASE("tangential: the direction is that of the decomposition, in five dimensions") {
  MatrixXd c(5, 2), u(5, 2), expected(5, 2);
  c << 1, 0.1, -2, 0.3, 0.5, -0.2, 3, 0.4, 0, 0.1;
  u << 0.5, 2, -1, -3, 1, 1, 2, 0.5, -1, 4;
  for (Eigen::Index i = 0; i < 2; ++i) {
    const MatrixXd products = c.col(i) * c.col(i).transpose() + u.col(i) * u.col(i).transpose();
    const VectorXd p = Eigen::SelfAdjointEigenSolver<MatrixXd>(products).eigenvectors().col(4);
    const VectorXd kept = p.dot(u.col(i)) * p;
    expected.col(i) = kept + 7.5 * (c.col(i) - kept);
  }
  check_rule(c, u, expected, of_scale(7.5));
}

TEST_CASE("tangential: scale 1 is the conditional denoiser, and equal predictions stay") {
  check_rule(two(1, 2), two(-3, 1), two(1, 2), of_scale(1));
  check_rule(two(1, 2), two(1, 2), two(1, 2), of_scale(9));
}

TEST_CASE("tangential: orthogonal predictions, and those that are 0") {
  check_rule(two(2, 0), two(0, 1), two(6, 0), of_scale(3));          // p is that of the longer
  check_rule(two(1, 0), two(0, 2), two(3, 2 - 3 * 2), of_scale(3));  // y'_u is then u
  check_rule(two(0, 0), two(1, 2), two(-2, -4), of_scale(3));
  check_rule(two(1, 2), two(0, 0), two(3, 6), of_scale(3));
  check_rule(two(0, 0), two(0, 0), two(0, 0), of_scale(3));
  // Neither is, where they are as long: that of the conditional one, up to rounding, which there is none of in x0.
  const auto equal =
      tangential(predicting(Prediction::x0, two(1, 1)), predicting(Prediction::x0, two(1, -1)), 3, Prediction::x0);
  CHECK(tests::largest_difference(equal(two(0, 0), tests::guidance::level()), two(3, 3)) < 1e-14);
}

TEST_CASE("tangential: predictions of any size, in float too") {
  const Eigen::MatrixXf c = tests::guidance::matrix({{1}, {2}, {-1}}).cast<float>(),
                        u = tests::guidance::matrix({{2}, {0.5}, {1}}).cast<float>();
  const auto rule = [&](float size) -> Eigen::MatrixXf {
    const auto of = [](const Eigen::MatrixXf& y) { return [y](const Eigen::MatrixXf&, const Level&) { return y; }; };
    return tangential(of(size * c), of(size * u), 3, Prediction::x0)(c, clean) / size;
  };
  for (const float size : {1e-10f, 1e8f, 1e15f}) CHECK(tests::largest_difference(rule(size), rule(1)) < 1e-5);
}

TEST_CASE("tangential: refusals") {
  const auto given = predicting(Prediction::eps, two(1, 1));
  CHECK(contains(refusal([&] { tangential(given, given, std::nan("")); }), "scale is nan"));
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  const auto same = [](const MatrixXd& x, const Level&) -> MatrixXd { return x; };
  CHECK(contains(refusal([&] {
                   sample(tangential(same, same, 2), DDIM{}, two(1, 1), {blind, clean});
                 }),
                 "eps prediction", "alpha = 0"));
}
