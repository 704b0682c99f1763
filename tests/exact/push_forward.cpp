#include "laws.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
Gaussian<> correlated() {
  MatrixXd s(2, 2);
  s << 0.5, 0.3, 0.3, 0.4;
  return {Eigen::Vector2d(1, -0.5), s};
}
/// What the loop makes of the mean and of independent unit vectors of start and noise is linear, so a run from chosen
/// starts and with chosen noise finds the map x_end = M x_start + Σ N_k ζ_k + m by differences: an oracle that shares
/// no line with push_forward.
Gaussian<> by_basis_vectors(const Table& table, const Gaussian<>& data, const Gaussian<>& start) {
  const Eigen::Index d = data.dimension();
  const auto run = [&](const VectorXd& x, std::int64_t noisy_row, Eigen::Index coordinate) {
    const auto noise = [&](VectorXd& z, std::int64_t row, std::int64_t) {
      z.setZero();
      if (row == noisy_row) z[coordinate] = 1;
    };
    return sample(data, table, x, noise);
  };
  const VectorXd origin = run(VectorXd::Zero(d), -1, 0);
  MatrixXd map(d, d), covariance = MatrixXd::Zero(d, d);
  for (Eigen::Index j = 0; j < d; ++j) map.col(j) = run(VectorXd::Unit(d, j), -1, 0) - origin;
  covariance = map * start.covariance().matrix() * map.transpose();
  for (std::size_t k = 0; k < table.size(); ++k)
    for (Eigen::Index j = 0; j < d; ++j) {
      const VectorXd column = run(VectorXd::Zero(d), std::int64_t(k), j) - origin;
      covariance += column * column.transpose();
    }
  return {map * start.mean() + origin, Covariance<>::semidefinite((covariance + covariance.transpose()) / 2)};
}
}  // namespace

TEST_CASE("push_forward is what the loop does, for tables of any depth") {
  const Grid grid = levels(VariancePreserving{}, uniform(4, 1, 0.01));
  Table deep;  // no published sampler: every kind of slot at once
  deep.push_back({grid[0], grid[1], {.x = 0.3, .x0 = {0.4}, .eps = {0.2}, .z = 0.1}});
  deep.push_back({grid[1], grid[2], {.x = 0.1, .x0 = {0.5, -0.2}, .eps = {0.3, 0.4}, .z = 0.2}});
  deep.push_back({grid[2], grid[1], {.x = 0.9, .z = 0.5}});  // up again, without an estimate
  deep.push_back({grid[1], grid[3], {.x0 = {0.7, 0, 0.2, -0.1}, .eps = {0, 0, -0.3, 0.2}}});
  const Gaussian<> data = correlated(),
                   start(Eigen::Vector2d(0.3, 0.1), MatrixXd((MatrixXd(2, 2) << 1, -0.4, -0.4, 0.8).finished()));
  for (const Table& table :
       {tabulate(DDIM{}, grid), tabulate(DDIM{0.7}, grid), tabulate(DDPM{forward_variance}, grid), deep}) {
    const Gaussian<> exact = push_forward(table, data, start), expected = by_basis_vectors(table, data, start);
    CHECK(tests::largest_difference(exact.mean(), expected.mean()) < 1e-13);
    CHECK(tests::largest_difference(exact.covariance().matrix(), expected.covariance().matrix()) < 1e-13);
  }
}

TEST_CASE("DDPM with tau^2 + c^2 Var[x0|x_t] is exact in law at 5 steps") {
  const Gaussian<> data = obeys::gaussian_data();
  for (const double eta : {0.0, 0.5, 1.0}) {
    Table table = tabulate(DDIM{eta}, levels(VariancePreserving{}, uniform(5)));
    for (auto& [t, s, row] : table) {
      const double c = eliminated(row, t).x0[0], posterior = data.variance(VectorXd::Zero(1), t)(0, 0);
      row.z = std::sqrt(row.z * row.z + c * c * posterior);
    }
    const Gaussian<> result = push_forward(table, data);
    CHECK(std::abs(result.mean()[0] - 1.3) < 1e-12);
    CHECK(std::abs(result.covariance().matrix()(0, 0) - 0.25) < 1e-12);
  }
}

TEST_CASE("a table onto one point gives a point: the covariance may be singular") {
  const Table table = tabulate(DDIM{}, levels(RectifiedFlow{}, {1, 0}));  // x̂₀ at α = 0 is the mean
  const Gaussian<> result = push_forward(table, correlated());
  CHECK(tests::largest_difference(result.mean(), correlated().mean()) < 1e-15);
  CHECK(result.covariance().matrix().norm() < 1e-30);
}

TEST_CASE("push_forward in float agrees with double") {
  const Table table = tabulate(DDIM{0.3}, levels(VariancePreserving{}, uniform(10)));
  const Gaussian<float> data(Eigen::Vector2f(1, -0.5f),
                             Eigen::MatrixXf((Eigen::MatrixXf(2, 2) << 0.5f, 0.3f, 0.3f, 0.4f).finished()));
  CHECK(tests::largest_difference(push_forward(table, data).covariance().matrix(),
                                  push_forward(table, correlated()).covariance().matrix()) < 1e-6);
}

TEST_CASE("push_forward refuses") {
  CHECK(tests::contains(tests::refusal([] { push_forward({}, correlated()); }), "no rows"));
  CHECK(tests::contains(tests::refusal([] {
                          push_forward(tabulate(DDIM{}, levels(EDM{}, {2, 1})), correlated(), obeys::gaussian_data());
                        }),
                        "dimension 2", "1"));
}
