#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("Heun: it is the trapezoid rule of EDM's equation dx/dsigma = eps") {
  const auto model = laws::gaussian_data();
  const Level t = EDM{}(3), s = EDM{}(1.2);
  const Eigen::MatrixXd x = Eigen::RowVector3d(-2, 0.4, 5);
  const auto slope = [&](const Eigen::MatrixXd& y, const Level& level) -> Eigen::MatrixXd {
    return (y - model(y, level)) / level.sigma;
  };
  const double h = s.sigma - t.sigma;
  const Eigen::MatrixXd k1 = slope(x, t), k2 = slope(x + h * k1, s), expected = x + h / 2 * (k1 + k2);
  CHECK(tests::largest_difference(sample(model, Heun{}, x, {t, s}), expected) < 1e-14);
}

TEST_CASE("Heun: order 2, upward too, and the same in x/alpha") {
  CHECK(std::abs(laws::observed_order(Heun{}, VariancePreserving{}, 100) - 2) < 0.1);
  CHECK(std::abs(laws::observed_order(Heun{}, SubVariancePreserving{}, 100) - 2) < 0.1);
  const Grid down = levels(VariancePreserving{}, uniform(4, 1, 0.2)), up(down.rbegin(), down.rend());
  Grid in_ve;
  for (const Level& level : up) in_ve.push_back({.alpha = 1, .sigma = level.sigma / level.alpha});
  const auto model = laws::gaussian_data();
  const Eigen::MatrixXd y = Eigen::RowVector3d(-2, 0.4, 1.5);
  const Eigen::MatrixXd x = sample(model, Heun{}, Eigen::MatrixXd(up.front().alpha * y), up);
  CHECK(tests::largest_difference(x / up.back().alpha, sample(model, Heun{}, y, in_ve)) < 1e-11);
}

TEST_CASE("Heun: at the ends it takes a single row") {
  CHECK(tabulate(Heun{}, levels(VariancePreserving{}, uniform(3))).size() == 5);
  const Table cosine = tabulate(Heun{}, levels(Cosine{}, uniform(3)));
  CHECK(cosine.size() == 4);  // from α = 0, two rows, onto σ = 0
  laws::marginal_mean({cosine.front()});
  CHECK(contains(refusal([] { tabulate(Heun{}, levels(VariancePreserving{}, {0.0, 0.5})); }), "sigma = 0"));
}
