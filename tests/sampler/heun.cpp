#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

TEST_CASE("Heun: it is the trapezoid rule of EDM's equation dx/dsigma = eps") {
  const auto model = obeys::gaussian_data();
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
  CHECK(std::abs(obeys::observed_order(Heun{}, VariancePreserving{}, 100) - 2) < 0.1);
  CHECK(std::abs(obeys::observed_order(Heun{}, SubVariancePreserving{}, 100) - 2) < 0.1);
  const Grid down = levels(VariancePreserving{}, uniform(4, 1, 0.2)), up(down.rbegin(), down.rend());
  Grid in_ve;
  for (const Level& level : up) in_ve.push_back({.alpha = 1, .sigma = level.sigma / level.alpha});
  const auto model = obeys::gaussian_data();
  const Eigen::MatrixXd y = Eigen::RowVector3d(-2, 0.4, 1.5);
  const Eigen::MatrixXd x = sample(model, Heun{}, Eigen::MatrixXd(up.front().alpha * y), up);
  CHECK(tests::largest_difference(x / up.back().alpha, sample(model, Heun{}, y, in_ve)) < 1e-11);
}

TEST_CASE("Heun: in time it is the trapezoid rule of the probability flow") {
  const auto model = obeys::gaussian_data();
  const VariancePreserving vp{};
  const Level t = vp(0.7), s = vp(0.5);
  const Eigen::MatrixXd x = Eigen::RowVector3d(-2, 0.4, 1.5);
  const auto velocity = [&](const Eigen::MatrixXd& y, const Level& level) -> Eigen::MatrixXd {
    const Eigen::MatrixXd x0 = model(y, level);
    return level.d_alpha * x0 + level.d_sigma * (y - level.alpha * x0) / level.sigma;
  };
  const double h = 0.5 - 0.7;
  const Eigen::MatrixXd k1 = velocity(x, t), k2 = velocity(x + h * k1, s), expected = x + h / 2 * (k1 + k2);
  CHECK(tests::largest_difference(sample(model, Heun{Slope::velocity}, x, {t, s}), expected) < 1e-13);
  CHECK(std::abs(obeys::observed_order(Heun{Slope::velocity}, vp, 200) - 2) < 0.1);
}

TEST_CASE("Heun: on EDM both slopes are one; on rectified flow alpha = 0 is a level like others in time") {
  const Grid edm = levels(EDM{}, {8.0, 3.0, 1.0, 0.0});
  const Table time = tabulate(Heun{Slope::velocity}, edm), sigma = tabulate(Heun{}, edm);
  REQUIRE(time.size() == sigma.size());
  for (std::size_t i = 0; i < time.size(); ++i) {
    const Row a = eliminated(time[i].row, time[i].from), b = eliminated(sigma[i].row, sigma[i].from);
    CHECK(std::abs(a.x - b.x) < 1e-14);
    for (std::size_t k = 0; k < 2; ++k) {
      CHECK(std::abs(a.x0[k] - b.x0[k]) < 1e-14);
      CHECK(std::abs(a.eps[k] - b.eps[k]) < 1e-14);
    }
  }
  const Table flow = tabulate(Heun{Slope::velocity}, levels(RectifiedFlow{}, uniform(3)));
  CHECK(flow.size() == 2 + 2 + 1);
  obeys::marginal_mean(flow);
  obeys::marginal_variance(flow);
  CHECK(contains(refusal([] { tabulate(Heun{Slope::velocity}, {EDM{}(1), clean}); }), "times 1 and nan"));
}

TEST_CASE("Heun: at the ends it takes a single row") {
  CHECK(tabulate(Heun{}, levels(VariancePreserving{}, uniform(3))).size() == 5);
  const Table cosine = tabulate(Heun{}, levels(Cosine{}, uniform(3)));
  CHECK(cosine.size() == 4);  // from α = 0, two rows, onto σ = 0
  obeys::marginal_mean({cosine.front()});
  CHECK(contains(refusal([] { tabulate(Heun{}, levels(VariancePreserving{}, {0.0, 0.5})); }), "sigma = 0"));
}
