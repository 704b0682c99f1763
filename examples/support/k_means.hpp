#pragma once
// k-means: clusters of points around their means.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace examples {

/// The cluster of each point, 0 … k − 1, none empty: Lloyd's iteration until no point moves, from the k-means++ start
/// of Arthur and Vassilvitskii (2007). points: d × n, a point a column. The same seed gives the same clusters.
/// Throws std::invalid_argument where there are fewer than k distinct points.
std::vector<int> k_means(const Eigen::MatrixXd& points, int k, std::uint64_t seed);

}  // namespace examples
