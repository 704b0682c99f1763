#include "support/monte_carlo.hpp"

using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using tweedie::energy_distance;
using tweedie::energy_distance_estimate;

TEST_CASE("energy_distance: two points, by hand", "[statistics]") {
  CHECK(energy_distance(RowVectorXd::Constant(1, 0), RowVectorXd::Constant(1, 3)) == 6);
  CHECK(energy_distance(Eigen::Vector2d(0, 0), Eigen::Vector2d(3, 4)) == 10);
  CHECK(energy_distance(Eigen::Vector2f(0, 0), Eigen::Vector2d(3, 4)) == 10);
  MatrixXd x(2, 50);
  tweedie::Normals{1}(x, 0);
  CHECK(std::abs(energy_distance(x, x)) < 1e-14);
  CHECK(std::abs(energy_distance(x, x.rowwise().reverse())) < 1e-14);
}

TEST_CASE("energy_distance: in one dimension it is twice the squared L2 distance of the distribution functions",
          "[statistics]") {
  MatrixXd x(1, 17), y(1, 29);
  tweedie::Normals{2}(x, 0);
  tweedie::Normals{2}(y, 1);
  Eigen::VectorXd all(46);
  all << x.transpose(), y.transpose();
  std::sort(all.data(), all.data() + all.size());
  double integral = 0;
  for (Eigen::Index i = 0; i + 1 < all.size(); ++i) {
    const double F = double((x.array() <= all[i]).count()) / 17, G = double((y.array() <= all[i]).count()) / 29;
    integral += (F - G) * (F - G) * (all[i + 1] - all[i]);
  }
  CHECK(std::abs(energy_distance(x, y) - 2 * integral) < 1e-14);
}

TEST_CASE("energy_distance_estimate: unbiased, by enumeration of all samples of two small laws", "[statistics]") {
  // X uniform on {0, 1, 3}, Y uniform on {1, 2}; three samples of X, two of Y: 27 · 4 equally likely outcomes
  const double X[] = {0, 1, 3}, Y[] = {1, 2};
  double sum = 0;
  for (int i = 0; i < 27; ++i)
    for (int j = 0; j < 4; ++j)
      sum += energy_distance_estimate(Eigen::RowVector3d(X[i % 3], X[i / 3 % 3], X[i / 9]),
                                      Eigen::RowVector2d(Y[j % 2], Y[j / 2]))
                 .value;
  // E|X − Y| = (1 + 2 + 0 + 1 + 2 + 1)/6,  E|X − X'| = 2(1 + 3 + 2)/9,  E|Y − Y'| = 1/2
  CHECK(std::abs(sum / 108 - (2 * 7.0 / 6 - 12.0 / 9 - 0.5)) < 1e-14);
}

TEST_CASE("energy_distance_estimate: the closed form of two Gaussians, and the error it states", "[statistics]") {
  // For N(0, 1) and N(1, 1) the differences are N(1, 2), N(0, 2), N(0, 2), and E|N(m, s²)| = s√(2/π) e^(−m²/2s²) + m
  // erf(m/(s√2)).
  const auto folded = [](double m) { return 2 / std::sqrt(M_PI) * std::exp(-m * m / 4) + m * std::erf(m / 2); };
  const double closed = 2 * folded(1) - 2 * folded(0);
  const auto finding =
      tests::simulate(tests::Claim{"", "energy distance", Eigen::VectorXd::Constant(1, closed), 0.02}, 80000,
                      [](tests::Noise& noise, Eigen::Index n) {
                        MatrixXd values(1, n);
                        const MatrixXd x = noise(20, n), y = noise(30, n).array() + 1;
                        for (Eigen::Index i = 0; i < n; ++i)
                          values(0, i) = energy_distance_estimate(x.col(i).transpose(), y.col(i).transpose()).value;
                        return values;
                      });
  INFO(tests::to_string(finding));
  CHECK(finding.verdict == tests::Verdict::agrees);

  tweedie::Estimate values, squared_errors;
  tests::Noise noise(3);
  for (int i = 0; i < 500; ++i) {
    const MatrixXd x = noise(1, 150), y = noise(1, 100).array() + 1;
    const auto [value, error] = energy_distance_estimate(x, y);
    values.add(RowVectorXd::Constant(1, value));
    squared_errors.add(RowVectorXd::Constant(1, error * error));
  }
  const double ratio = squared_errors.mean()[0] / values.variance()[0];
  CHECK(std::abs(ratio - 1) < 6 * values.variance_standard_error()[0] / values.variance()[0]);  // 6 errors: 38 %
}

TEST_CASE("energy_distance: refuses empty samples, other dimensions, NaN", "[statistics]") {
  const MatrixXd x = MatrixXd::Ones(2, 3), none(2, 0);
  MatrixXd bad = x;
  bad(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(tests::contains(tests::refusal([&] { energy_distance(x, none); }), "3 and 0", "at least 1"));
  CHECK(tests::contains(tests::refusal([&] { energy_distance_estimate(x, x.leftCols(1)); }), "at least 2"));
  CHECK(tests::contains(tests::refusal([&] { energy_distance(x, x.topRows(1)); }), "dimensions 2 and 1 differ"));
  CHECK(tests::contains(tests::refusal([&] { energy_distance(bad, x); }), "not finite"));
}
