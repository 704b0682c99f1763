#pragma once
// A Gaussian mixture fitted to labelled points, class by class: k-means, then for each cluster a covariance of the form
//   GGᵀ + rest·I,   GGᵀ the leading directions of  own·S_cluster + shared·S_class
// The share of the class fills the directions in which a cluster of few points shows no spread.

#include <cstdint>
#include <vector>

#include "exact.hpp"

namespace examples {

/// The defaults give readable digits.
struct MixtureRecipe {
  int components = 20;     ///< of each class
  double own = 0.9;        ///< of the cluster's covariance
  double shared = 0.03;    ///< of the class's covariance
  int rank = 20;           ///< columns of G
  double rest = 1e-3;      ///< variance in the other directions
  std::uint64_t seed = 1;  ///< of k-means
};

/// The numbers of the mixture. Its K components stand in the order of their classes.
struct FittedMixture {
  Eigen::VectorXd weights;               ///< K, with sum 1
  Eigen::MatrixXd means;                 ///< d × K
  std::vector<Eigen::MatrixXd> factors;  ///< K times G, d × rank
  double rest = 0;                       ///< variance in the directions that G leaves
  std::vector<int> labels;               ///< K, the class of each component

  /// The components of a class, for GaussianMixture::subset and log_probability.
  std::vector<int> components(int label) const;

  /// The mixture as a model, and so as a denoiser.
  template <class Scalar>
  tweedie::GaussianMixture<Scalar> model() const {
    std::vector<tweedie::Covariance<Scalar>> covariances;
    for (const auto& factor : factors)
      covariances.push_back(tweedie::Covariance<Scalar>::low_rank(factor.template cast<Scalar>(), Scalar(rest)));
    return {weights.template cast<Scalar>(), means.template cast<Scalar>(), covariances};
  }
};

/// points: d × n, a point a column; labels: n, their classes. A class weighs as many points as it has.
/// Throws std::invalid_argument where a class has fewer distinct points than components are asked for.
FittedMixture fit_mixture(const Eigen::MatrixXd& points, const std::vector<int>& labels,
                          const MixtureRecipe& recipe = {});

}  // namespace examples
