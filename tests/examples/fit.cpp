// k-means, leading directions and the mixture made of them.

#include <set>

#include "support/k_means.hpp"
#include "support/leading_directions.hpp"
#include "support/mixture_fit.hpp"
#include "support/test.hpp"

namespace {

/// Standard normals, d × n.
Eigen::MatrixXd noise(Eigen::Index d, Eigen::Index n, std::uint64_t seed) {
  Eigen::MatrixXd z(d, n);
  tweedie::Normals{seed}(z, 0);
  return z;
}

Eigen::MatrixXd covariance(const Eigen::MatrixXd& x) {
  const Eigen::MatrixXd centred = x.colwise() - x.rowwise().mean().eval();
  return centred * centred.transpose() / double(x.cols());
}

}  // namespace

TEST_CASE("k_means finds clusters that lie far apart, and gives the same ones again") {
  Eigen::MatrixXd points = noise(3, 400, 1);
  for (Eigen::Index i = 0; i < 400; ++i) points(0, i) += 100.0 * double(i % 4);
  const std::vector<int> cluster = examples::k_means(points, 4, 5);
  CHECK(std::set<int>(cluster.begin(), cluster.end()) == std::set<int>{0, 1, 2, 3});
  for (std::size_t i = 4; i < 400; ++i) CHECK(cluster[i] == cluster[i % 4]);
  CHECK(cluster == examples::k_means(points, 4, 5));
}

TEST_CASE("k_means ends where every point is nearest to the mean of its own cluster, and no cluster is empty") {
  const Eigen::MatrixXd points = noise(2, 300, 2);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const std::vector<int> cluster = examples::k_means(points, 30, seed);
    Eigen::MatrixXd means = Eigen::MatrixXd::Zero(2, 30);
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(30);
    for (Eigen::Index i = 0; i < 300; ++i) {
      means.col(cluster[std::size_t(i)]) += points.col(i);
      ++counts[cluster[std::size_t(i)]];
    }
    REQUIRE(counts.minCoeff() >= 1);
    means = means * counts.cwiseInverse().asDiagonal();
    for (Eigen::Index i = 0; i < 300; ++i) {
      const double own = (points.col(i) - means.col(cluster[std::size_t(i)])).norm();
      CHECK(own <= (means.colwise() - points.col(i)).colwise().norm().minCoeff() + 1e-12);
    }
  }
}

TEST_CASE("k_means refuses more clusters than there are distinct points") {
  Eigen::MatrixXd points = Eigen::MatrixXd::Zero(2, 10);
  points(0, 3) = 1;
  points(1, 7) = 1;
  CHECK(examples::k_means(points, 3, 1)[3] != examples::k_means(points, 3, 1)[7]);
  CHECK(tests::contains(tests::refusal([&] { examples::k_means(points, 4, 1); }), "4 clusters", "3 distinct points"));
  CHECK(tests::contains(tests::refusal([&] { examples::k_means(points, 11, 1); }), "11 clusters", "10 points"));
  CHECK(tests::contains(tests::refusal([&] { examples::k_means(points, 0, 1); }), "is 0", "at least 1"));
}

TEST_CASE("leading_directions keeps the largest eigenvalues of a known spectrum, from a tall and from a wide factor") {
  const Eigen::MatrixXd U = Eigen::HouseholderQR<Eigen::MatrixXd>(noise(6, 6, 3)).householderQ();
  const Eigen::VectorXd lengths = (Eigen::VectorXd(6) << 1, 5, 0.1, 3, 0.5, 2).finished();
  Eigen::MatrixXd kept = Eigen::MatrixXd::Zero(6, 6);  // of 5, 3 and 2
  for (const int i : {1, 3, 5}) kept += lengths[i] * lengths[i] * U.col(i) * U.col(i).transpose();
  for (const Eigen::Index columns : {6, 9}) {
    const Eigen::MatrixXd Q = Eigen::HouseholderQR<Eigen::MatrixXd>(noise(columns, columns, 4)).householderQ();
    const Eigen::MatrixXd wide = U * lengths.asDiagonal() * Q.topRows(6);
    Eigen::MatrixXd tall = Eigen::MatrixXd::Zero(12, 6);
    tall.topRows(6) = U * lengths.asDiagonal();
    const Eigen::MatrixXd G = examples::leading_directions(wide, 3), H = examples::leading_directions(tall, 3);
    REQUIRE(G.cols() == 3);
    CHECK(tests::largest_difference(Eigen::MatrixXd(G * G.transpose()), kept) < 1e-12);
    CHECK(tests::largest_difference(Eigen::MatrixXd((H * H.transpose()).topLeftCorner(6, 6)), kept) < 1e-12);
    CHECK(std::abs(G.col(0).norm() - 5) < 1e-12);
  }
}

TEST_CASE("fit_mixture has the weights, means and covariances of its recipe") {
  const Eigen::MatrixXd points = noise(3, 90, 5);
  std::vector<int> labels(90, 4);
  std::fill(labels.begin() + 60, labels.end(), 8);

  SECTION("one component a class: the class's own moments") {
    const auto fit = examples::fit_mixture(
        points, labels, {.components = 1, .own = 0.9, .shared = 0.03, .rank = 3, .rest = 1e-3, .seed = 1});
    const Eigen::MatrixXd first = points.leftCols(60), second = points.rightCols(30);
    CHECK(fit.labels == std::vector<int>{4, 8});
    CHECK(fit.components(8) == std::vector<int>{1});
    CHECK(tests::largest_difference(fit.weights, Eigen::VectorXd(Eigen::Vector2d(2.0 / 3, 1.0 / 3))) < 1e-15);
    CHECK(tests::largest_difference(Eigen::VectorXd(fit.means.col(1)), Eigen::VectorXd(second.rowwise().mean())) <
          1e-14);
    const Eigen::MatrixXd expected = 0.93 * covariance(first) + 1e-3 * Eigen::MatrixXd::Identity(3, 3);
    const auto model = fit.model<double>();
    CHECK(tests::largest_difference(model.components()[0].covariance().matrix(), expected) < 1e-12);
  }
  SECTION("several: the mean and, without the recipe's changes, the covariance of each class are kept") {
    // Σ wₖ (Sₖ + mₖmₖᵀ) − mmᵀ = S, the law of total covariance; a rest of 1e-12 is the least that a model takes.
    const auto fit = examples::fit_mixture(
        points, labels, {.components = 5, .own = 1, .shared = 0, .rank = 3, .rest = 1e-12, .seed = 1});
    CHECK(std::abs(fit.weights.sum() - 1) < 1e-14);
    const auto moments = fit.model<double>().subset(fit.components(4)).moments();
    CHECK(tests::largest_difference(moments.mean(), Eigen::VectorXd(points.leftCols(60).rowwise().mean())) < 1e-13);
    CHECK(tests::largest_difference(moments.covariance().matrix(), covariance(points.leftCols(60))) < 1e-10);
  }
  SECTION("a rank below the dimension leaves the rest in the other directions") {
    const auto fit = examples::fit_mixture(
        points, labels, {.components = 2, .own = 0.9, .shared = 0.03, .rank = 1, .rest = 0.25, .seed = 1});
    const auto model = fit.model<double>();
    for (const auto& component : model.components()) {
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(component.covariance().matrix());
      CHECK(std::abs(solver.eigenvalues()[0] - 0.25) < 1e-12);
      CHECK(std::abs(solver.eigenvalues()[1] - 0.25) < 1e-12);
      CHECK(solver.eigenvalues()[2] > 0.3);
    }
  }
  CHECK(tests::contains(tests::refusal([&] { examples::fit_mixture(points, {1, 2}); }), "90 points", "2 labels"));
  CHECK(tests::contains(tests::refusal([&] { examples::fit_mixture(points, labels, {.components = 31}); }),
                        "31 clusters", "30 points"));
}
