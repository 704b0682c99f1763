#include "support/test.hpp"

using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using tweedie::sliced_wasserstein;
using tweedie::wasserstein_1d;

namespace {

MatrixXd normals(Eigen::Index d, Eigen::Index n, std::int64_t row) {
  MatrixXd x(d, n);
  tweedie::Normals{9}(x, row);
  return x;
}

}  // namespace

TEST_CASE("wasserstein_1d: unequal sizes are exact, by repeating every sample to a common size", "[statistics]") {
  const RowVectorXd x = normals(1, 6, 0), y = normals(1, 4, 1);
  Eigen::VectorXd twelve_x = x.transpose().replicate(1, 2).reshaped(),
                  twelve_y = y.transpose().replicate(1, 3).reshaped();
  std::sort(twelve_x.data(), twelve_x.data() + 12);
  std::sort(twelve_y.data(), twelve_y.data() + 12);
  for (const double p : {1.0, 1.5, 2.0, 4.0}) {
    INFO("p = " << p);
    const double expected = std::pow((twelve_x - twelve_y).array().abs().pow(p).mean(), 1 / p);
    CHECK(std::abs(wasserstein_1d(x, y, p) - expected) < 1e-14);
    CHECK(std::abs(wasserstein_1d(y, x, p) - expected) < 1e-14);
  }
}

TEST_CASE("wasserstein_1d: p = 1 is the area between the distribution functions", "[statistics]") {
  // {0, 4} against {1, 2, 3}: |F − G| is 1/2, 1/6, 1/6, 1/2 on the four unit intervals
  CHECK(std::abs(wasserstein_1d(Eigen::RowVector2f(4, 0), Eigen::RowVector3d(2, 3, 1), 1) - 4.0 / 3) < 1e-15);
}

TEST_CASE("sliced_wasserstein: a shift by v is seen as |θ·v| in every direction", "[statistics]") {
  const MatrixXd x = normals(3, 40, 2), y = x.colwise() + Eigen::Vector3d(1, -2, 2);
  CHECK(std::abs(sliced_wasserstein(x, y, MatrixXd::Identity(3, 3)) - 3 / std::sqrt(3)) < 1e-14);
  CHECK(std::abs(sliced_wasserstein(x, y, 7 * MatrixXd::Identity(3, 3), 1) - 5.0 / 3) < 1e-14);
  const MatrixXd directions = tweedie::random_directions(3, 50, tweedie::Normals{4});
  const double expected = std::sqrt((directions.transpose() * Eigen::Vector3d(1, -2, 2)).array().square().mean());
  CHECK(std::abs(sliced_wasserstein(x, y, directions) - expected) < 1e-13);
  CHECK(sliced_wasserstein(x, x.rowwise().reverse(), directions) == 0);
}

TEST_CASE("sliced_wasserstein: in one dimension it is the Wasserstein distance", "[statistics]") {
  const MatrixXd x = normals(1, 31, 3), y = normals(1, 18, 4);
  CHECK(std::abs(sliced_wasserstein(x, y, tweedie::random_directions(1, 5, tweedie::Philox{6})) -
                 wasserstein_1d(x, y)) < 1e-14);
}

TEST_CASE("random_directions: of length 1, and the same for the same seed", "[statistics]") {
  const MatrixXd directions = tweedie::random_directions(5, 20, tweedie::Normals{1});
  CHECK((directions.colwise().norm().array() - 1).abs().maxCoeff() < 1e-15);
  CHECK(directions == tweedie::random_directions(5, 20, tweedie::Normals{1}));
  CHECK(directions != tweedie::random_directions(5, 20, tweedie::Normals{2}));
}

TEST_CASE("random_directions: none leads to a sample that was drawn of the same seed", "[statistics]") {
  const tweedie::Level noise = tweedie::EDM{}(2);
  const MatrixXd x = tweedie::prior(noise, {1000, 100}, tweedie::Normals{1}) / 2,
                 y = tweedie::prior(noise, {1000, 100}, tweedie::Normals{2}) / 2;
  // Along the direction of a sample of its own length √d, the distance is at least (√d − 4)/√n = 2.76.
  CHECK((tweedie::random_directions(1000, 100, tweedie::Normals{1}).transpose() * x).cwiseAbs().maxCoeff() < 7);
  const double same = sliced_wasserstein(x, y, tweedie::random_directions(1000, 100, tweedie::Normals{1})),
               other = sliced_wasserstein(x, y, tweedie::random_directions(1000, 100, tweedie::Normals{3}));
  CHECK(std::abs(same / other - 1) < 0.2);
}

TEST_CASE("sliced_wasserstein: refuses empty samples, other dimensions, bad orders and directions", "[statistics]") {
  const MatrixXd x = normals(2, 5, 0), none(2, 0), I = MatrixXd::Identity(2, 2);
  CHECK(tests::contains(tests::refusal([&] { sliced_wasserstein(none, x, I); }), "0 and 5", "at least 1"));
  CHECK(tests::contains(tests::refusal([&] { sliced_wasserstein(x.topRows(1), x, I); }), "dimensions 1 and 2 differ"));
  CHECK(tests::contains(tests::refusal([&] { sliced_wasserstein(x, x, I, 0.5); }), "p = 0.5", "at least 1"));
  CHECK(tests::contains(tests::refusal([&] { sliced_wasserstein(x, x, I.topRows(1)); }), "1x2", "dimension 2"));
  CHECK(tests::contains(tests::refusal([&] { sliced_wasserstein(x, x, 0 * I); }), "direction 0 has length 0"));
  CHECK(tests::contains(tests::refusal([&] { wasserstein_1d(x, x); }), "dimension 2"));
  CHECK(tests::contains(tests::refusal([&] { tweedie::random_directions(0, 3, tweedie::Normals{1}); }), "d = 0"));
}
