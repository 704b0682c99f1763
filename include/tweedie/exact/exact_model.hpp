#pragma once
// What is asked of an exact model, data whose law at every noise level is known in closed form: Gaussian,
// GaussianMixture, Empirical, or one of your own. It is a denoiser, and the truth that samplers, networks and methods are
// held against. docs/design.md, section "A model of your own".

#include <concepts>

#include "../schedule/level.hpp"
#include "../state/state.hpp"

namespace tweedie {

/// For x of d × n, in the model's Scalar, one sample a column:
///   dimension()                     d
///   model(x, level)                 E[x₀ | x], d × n
///   model.score(x, level)           ∇ log p_t(x), d × n
///   model.log_density(x, level)     log p_t(x), n numbers in nats
///   model.variance(x, level)        the diagonal of Cov[x₀ | x], d × n
///   model.covariance_times(x, level, z)   Cov[x₀ | x] z for each sample, d × n: all that Jacobians of the estimate need
template <class M>
concept ExactModel = requires(const M& model, const Eigen::MatrixX<typename M::Scalar>& x, const Level& t) {
  { model.dimension() } -> std::convertible_to<Eigen::Index>;
  { model(x, t) } -> std::convertible_to<Eigen::MatrixX<typename M::Scalar>>;
  { model.score(x, t) } -> std::convertible_to<Eigen::MatrixX<typename M::Scalar>>;
  { model.log_density(x, t) } -> std::convertible_to<Eigen::VectorX<typename M::Scalar>>;
  { model.variance(x, t) } -> std::convertible_to<Eigen::MatrixX<typename M::Scalar>>;
  { model.covariance_times(x, t, x) } -> std::convertible_to<Eigen::MatrixX<typename M::Scalar>>;
};

}  // namespace tweedie
