#pragma once
// The Jacobian of the denoiser of a mixture, by products.

#include "support/exact.hpp"

namespace inpainting {

using Mixture = tweedie::GaussianMixture<double>;

/// ∂x̂₀/∂x u for each sample, a column each: what covariance_product(model) is, without a matrix of d × d for each
/// sample, and so for the cost of an estimate. The Jacobian of an exact denoiser is symmetric.
class JacobianProduct {
 public:
  /// It keeps the model, which must outlive it.
  explicit JacobianProduct(const Mixture& model) : model_(&model) {}

  Eigen::MatrixXd operator()(const Eigen::MatrixXd& x, const tweedie::Level& t, const Eigen::MatrixXd& u) const;

 private:
  const Mixture* model_;
};

}  // namespace inpainting
