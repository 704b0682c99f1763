#pragma once
// Guidance by something known of the data x₀ only, through the estimate: with J = ∂x̂₀/∂x,
//   ∇ log p_t(y | x) ≈ ∇ log p₀(y | x̂₀(x)) = Jᵀ g(x̂₀),   x̂₀ ↦ x̂₀ + (σ²/α) γ Jᵀ g(x̂₀)                                [CG-6]
// a clean classifier in the place of one of noised data. It takes x̂₀ for x₀: for y = x₀ + N(0, r²) the gradient is too
// large by (r² + Var[x₀ | x])/r², most where the noise is large. guidance/posterior_guided.hpp has the variance in it.
// Bansal et al., Universal guidance for diffusion models, arXiv:2302.07121v1, eq. 6. The argument is x̂₀, not the mean
// of x_s.

#include "shifted.hpp"

namespace tweedie {

namespace detail {
/// Jᵀ u, u in the space of x₀. Throws for another shape and for what is not finite.
template <State X, class Pullback>
X pulled_back(const char* what, const Pullback& pullback, const X& x, const Level& t, const X& u) {
  static_assert(
      requires { X(pullback(x, t, u)); },
      "tweedie: what guides through the estimate needs pullback(x, level, u) -> J^T u, J the Jacobian of the denoiser: "
      "automatic differentiation of a network backwards, covariance_product(model) of an exact one, or, J being "
      "symmetric for a perfect denoiser, difference_product(denoise)");
  check_returned<decltype(pullback(x, t, u)), X>();
  X v = pullback(x, t, u);
  require(shape(v) == shape(x), what, ": the product has the shape ", shape(v), " for a state of ", shape(x));
  if (!all_finite(v))
    throw std::domain_error(sentence(what, ": at time ", t.time, " the product has a value that is not finite"));
  return v;
}
/// (σ²/α) Jᵀ u: Cov[x₀ | x] u for an exact denoiser.                                                                  [SDE-12]
template <State X, class Pullback>
X covariance_times(const char* what, const Pullback& pullback, const X& x, const Level& t, const X& u) {
  X v = pulled_back(what, pullback, x, t, u);
  flat(v) *= typename X::Scalar(estimate_per_gradient(what, t));
  return v;
}
}  // namespace detail

/// sample(clean_classifier(denoise, gradient, pullback, 1), sampler, x, grid, noise)
///   gradient   (x0, level) → ∇ log p₀(y | x₀) at the estimates
///   pullback   (x, level, u) → Jᵀ u, J = ∂x̂₀/∂x: backwards, where the products of sde/jacobian.hpp are J z
/// Throws std::invalid_argument for another shape and at α = 0, std::domain_error for a gradient that is not finite.
template <class D, class Gradient, class Pullback>
auto clean_classifier(D denoise, Gradient gradient, Pullback pullback, GuidanceScale scale = 1) {
  return shifted(
      std::move(denoise),
      [gradient = std::move(gradient), pullback = std::move(pullback)](const auto& x, const Level& t, const auto& x0) {
        const auto g = detail::gradient_at("clean classifier", gradient, x0, t);
        return detail::covariance_times("clean classifier", pullback, x, t, g);
      },
      std::move(scale), "clean classifier");
}

}  // namespace tweedie
