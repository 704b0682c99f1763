#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;

namespace {
const Level t{.time = 0.5, .alpha = 0.8, .sigma = 0.6};
const MatrixXd x{{1, -2, 0.5}, {3, 4, -1}};
const auto half = [](const MatrixXd& z, const Level&) -> MatrixXd { return z / 2; };
}  // namespace

TEST_CASE("laws::prediction_rule: classifier-free guidance obeys, and three rules that do not are named") {
  CHECK(laws::prediction_rule([](auto y, const auto& u, const Level&) { y = u + 3 * (y - u); }, t).empty());
  const auto refused = [](const auto& rule) { return laws::prediction_rule(rule, t).at(0); };
  CHECK(contains(refused([](auto y, const auto& u, const Level&) { y = 2 * y - 0.5 * u; }), "leaves two that agree",
                 "off by"));
  CHECK(contains(
      refused([](auto y, const auto& u, const Level&) { y = u + y.norm() / (y.norm() + u.norm()) * 2 * (y - u); }),
      "each sample by itself", "off by"));
  CHECK(contains(refused([](auto y, const auto& u, const Level&) { y = u + (y - u).cwiseQuotient(0 * u); }),
                 "not finite"));
}

TEST_CASE("laws::estimate_shift: a shift to a target obeys, and three that do not are named") {
  const auto to_one = [](const MatrixXd&, const Level& at, const MatrixXd& x0) -> MatrixXd {
    return at.sigma * (MatrixXd::Ones(x0.rows(), x0.cols()) - x0);
  };
  CHECK(laws::estimate_shift(to_one, half, x, t).empty());
  const auto refused = [](const auto& shift) { return laws::estimate_shift(shift, half, x, t).at(0); };
  CHECK(contains(refused([](const MatrixXd&, const Level&, const MatrixXd& x0) -> MatrixXd { return x0 * x0.norm(); }),
                 "each sample by itself", "off by"));
  CHECK(contains(refused([](const MatrixXd&, const Level&, const MatrixXd& x0) -> MatrixXd { return x0.row(0); }),
                 "shape of the state", "1x3 for 2x3"));
  CHECK(contains(refused([](const MatrixXd&, const Level&, const MatrixXd& x0) -> MatrixXd { return x0 / 0; }),
                 "not finite"));
}
