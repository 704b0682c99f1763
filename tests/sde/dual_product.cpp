#include <tweedie/sde/dual_product.hpp>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Level t = VariancePreserving{}(0.3);

/// A denoiser for any scalar: a layer of tanh.
const auto layer = [](const auto& x, const Level& level) {
  using Scalar = typename std::remove_cvref_t<decltype(x)>::Scalar;  // a plain number, or a Dual
  auto out = x;
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    const Scalar a = x(0, i), b = x(1, i), alpha = Scalar(level.alpha), sigma = Scalar(level.sigma);
    out(0, i) = a + sigma * tanh(b * a);
    out(1, i) = alpha * exp(b) - a * a;
  }
  return out;
};

}  // namespace

TEST_CASE("dual_product: the derivative to rounding") {
  const MatrixXd x = MatrixXd::Random(2, 5), z = MatrixXd::Random(2, 5);
  MatrixXd exact(2, 5);
  for (Eigen::Index i = 0; i < 5; ++i) {
    const double a = x(0, i), b = x(1, i), sech2 = 1 / std::pow(std::cosh(a * b), 2);
    exact(0, i) = z(0, i) + t.sigma * sech2 * (b * z(0, i) + a * z(1, i));
    exact(1, i) = t.alpha * std::exp(b) * z(1, i) - 2 * a * z(0, i);
  }
  CHECK(largest_difference(dual_product(layer)(x, t, z), exact) < 1e-14);
  CHECK(largest_difference(difference_product(layer)(x, t, z), exact) < 1e-8);
}

TEST_CASE("dual_product: as a divergence, and where f is constant") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  Eigen::ArrayXXd dual, differences;
  SummedDivergence{dual_product(layer)}(x, t, dual);
  SummedDivergence{difference_product(layer)}(x, t, differences);
  CHECK(largest_difference(dual, differences) < 1e-8);
  const auto constant = [](const auto& y, const Level&) {
    auto out = y;
    out.setConstant(typename std::remove_cvref_t<decltype(y)>::Scalar(0.5));
    return out;
  };
  CHECK(dual_product(constant)(x, t, x).isZero(0));
}

TEST_CASE("dual_product: another shape is refused") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const auto narrow = [](const auto& y, const Level&) { return std::remove_cvref_t<decltype(y)>(y.leftCols(1)); };
  CHECK(contains(refusal([&] { dual_product(narrow)(x, t, x); }), "2x1", "2x3"));
}
