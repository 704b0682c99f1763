#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;

TEST_CASE("a denoiser returns its estimate or fills it") {
  const MatrixXd x = MatrixXd::Constant(2, 3, 5);
  MatrixXd out;
  denoised([](const MatrixXd& at, const Level& t) -> MatrixXd { return at * t.alpha; }, x, {.alpha = 0.5}, out);
  CHECK(out == MatrixXd::Constant(2, 3, 2.5));
  denoised([](const MatrixXd&, const Level&, MatrixXd& to) { to.setConstant(7); }, x, clean, out);
  CHECK(out == MatrixXd::Constant(2, 3, 7));
  denoised([](const auto& at, const Level&, auto& to) { to = at; }, x, clean, out);  // filling wins where both fit
  CHECK(out == x);
}

TEST_CASE("another shape is refused") {
  const MatrixXd x(2, 3);
  MatrixXd out;
  CHECK(tests::contains(tests::refusal([&] {
                          denoised([](const MatrixXd& at, const Level&) -> MatrixXd { return at.topRows(1); }, x, clean,
                                   out);
                        }),
                        "1x3", "2x3"));
  CHECK(tests::contains(tests::refusal([&] {
                          denoised([](const MatrixXd&, const Level&, MatrixXd& to) { to.resize(4, 4); }, x, clean, out);
                        }),
                        "4x4", "2x3"));
}

TEST_CASE("what is no denoiser is known") {
  const auto of_time = [](const MatrixXd& at, double) -> MatrixXd { return at; };
  const auto right = [](const MatrixXd& at, const Level&) -> MatrixXd { return at; };
  STATIC_REQUIRE(!Denoiser<decltype(of_time), MatrixXd>);
  STATIC_REQUIRE(Denoiser<decltype(right), MatrixXd>);
  STATIC_REQUIRE(Denoiser<GaussianMixture<>, Eigen::ArrayXXf>);
}
