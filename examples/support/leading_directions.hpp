#pragma once
// The best approximation of a covariance by one of lower rank (Eckart and Young).

#include <Eigen/Core>

namespace examples {

/// G of d × min(rank, columns of F), such that GGᵀ keeps the leading eigenvalues and eigenvectors of FFᵀ. Its columns
/// are orthogonal, the longest first. F is d × m; the work is that of an eigendecomposition of the smaller of d × d and
/// m × m.
Eigen::MatrixXd leading_directions(const Eigen::MatrixXd& F, Eigen::Index rank);

}  // namespace examples
