#include "support/test.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("interpolated: states of any kind, and refusals") {
  const Eigen::ArrayXXf a = Eigen::ArrayXXf::Constant(2, 2, 1), b = Eigen::ArrayXXf::Constant(2, 2, 2);
  CHECK(std::abs(interpolated(a, b, 0.5)(1, 1) - 3 / std::sqrt(2.0f)) < 1e-6f);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Ones(2, 2), wide = Eigen::MatrixXd::Ones(2, 3);
  CHECK(tests::largest_difference(interpolated(x.col(0), wide.col(2), 0), x.col(0)) == 0);
  CHECK(contains(refusal([&] { interpolated(x, wide, 0.5); }), "2x2", "2x3"));
  CHECK(contains(refusal([&] { interpolated(x, x, 1.5); }), "l = 1.5"));
  CHECK(contains(refusal([&] { interpolated(x, x, std::nan("")); }), "l = nan"));
}
