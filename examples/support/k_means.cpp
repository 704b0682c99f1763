#include "k_means.hpp"

#include <random>
#include <tweedie/schedule/require.hpp>

namespace examples {

namespace {

/// ‖pᵢ − c‖² for each point.
Eigen::VectorXd squared_distances(const Eigen::MatrixXd& points, const Eigen::VectorXd& c) {
  return (points.colwise() - c).colwise().squaredNorm();
}

/// k points, each drawn with a probability in proportion to its squared distance from those drawn before.
Eigen::MatrixXd spread_start(const Eigen::MatrixXd& points, int k, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Eigen::MatrixXd centres(points.rows(), k);
  Eigen::VectorXd nearest = Eigen::VectorXd::Ones(points.cols());  // the first is drawn uniformly
  for (int j = 0; j < k; ++j) {
    tweedie::require(nearest.maxCoeff() > 0, "k_means: ", k, " clusters were asked for, but there are only ", j,
                     " distinct points");
    // Not std::uniform_real_distribution, which differs from one standard library to another.
    double left = double(engine() >> 11) * 0x1p-53 * nearest.sum();
    Eigen::Index chosen = 0;
    nearest.maxCoeff(&chosen);  // where rounding leaves none below
    for (Eigen::Index i = 0; i < nearest.size(); ++i)
      if ((left -= nearest[i]) < 0) {
        chosen = i;
        break;
      }
    centres.col(j) = points.col(chosen);
    const Eigen::VectorXd distances = squared_distances(points, centres.col(j));
    nearest = j == 0 ? distances : Eigen::VectorXd(nearest.cwiseMin(distances));
  }
  return centres;
}

}  // namespace

std::vector<int> k_means(const Eigen::MatrixXd& points, int k, std::uint64_t seed) {
  tweedie::require(k >= 1, "k_means: the number of clusters is ", k, ", but must be at least 1");
  tweedie::require(points.cols() >= k, "k_means: ", k, " clusters were asked for, but there are only ", points.cols(),
                   " points");
  const auto n = std::size_t(points.cols());
  Eigen::MatrixXd centres = spread_start(points, k, seed), distances(points.cols(), k);
  std::vector<int> cluster(n, -1);
  for (bool moved = true; moved;) {
    moved = false;
    for (int j = 0; j < k; ++j) distances.col(j) = squared_distances(points, centres.col(j));
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(k);
    for (std::size_t i = 0; i < n; ++i) {
      Eigen::Index nearest;
      distances.row(Eigen::Index(i)).minCoeff(&nearest);
      // A tie is no reason to move: so the sum of squared distances falls with every move, and the iteration ends.
      if (cluster[i] < 0 || distances(Eigen::Index(i), nearest) < distances(Eigen::Index(i), cluster[i])) {
        cluster[i] = int(nearest);
        moved = true;
      }
      ++counts[cluster[i]];
    }
    for (int j = 0; j < k; ++j) {  // an empty cluster takes the point that lies farthest from its centre
      if (counts[j] > 0) continue;
      std::size_t farthest = 0;
      double distance = -1;
      for (std::size_t i = 0; i < n; ++i)
        if (counts[cluster[i]] > 1 && distances(Eigen::Index(i), cluster[i]) > distance)
          distance = distances(Eigen::Index(i), cluster[farthest = i]);
      --counts[cluster[farthest]];
      ++counts[cluster[farthest] = j];
      moved = true;
    }
    centres.setZero();
    for (std::size_t i = 0; i < n; ++i) centres.col(cluster[i]) += points.col(Eigen::Index(i)) / counts[cluster[i]];
  }
  return cluster;
}

}  // namespace examples
