#include "support/test.hpp"

using namespace tweedie;

TEST_CASE("score: of any denoiser, matrices and arrays, double and float") {
  const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8};
  const auto half = [](const auto& x, const Level&, auto& out) { flat(out) = flat(x) / 2; };
  const auto factor = (0.6 / 2 - 1) / 0.64;
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(3, 4);
  CHECK(tests::largest_difference(score(half, x, t), factor * x) < 1e-15);
  CHECK(tests::largest_difference(score(half, x.col(1), t), factor * x.col(1)) < 1e-15);
  const Eigen::ArrayXXf y = x.array().cast<float>();
  CHECK(tests::largest_difference(score(half, y, t), y * float(factor)) < 1e-6);
}

TEST_CASE("score: refusals") {
  const auto same = [](const Eigen::MatrixXd& x, const Level&) { return x; };
  CHECK(tests::contains(tests::refusal([&] { score(same, Eigen::MatrixXd::Zero(1, 1), clean); }), "sigma = 0"));
  const auto wide = [](const Eigen::MatrixXd&, const Level&) -> Eigen::MatrixXd { return Eigen::MatrixXd::Zero(2, 2); };
  CHECK(tests::contains(tests::refusal([&] { score(wide, Eigen::MatrixXd::Zero(1, 1), VariancePreserving{}(0.3)); }),
                        "2x2", "1x1"));
}
