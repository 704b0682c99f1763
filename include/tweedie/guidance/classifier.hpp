#pragma once
// Guidance by a classifier p_t(y | x), known by its gradient, as a function from denoisers to a denoiser:
//   ε̂ ↦ ε̂ − σγ ∇ log p_t(y | x),   that is   x̂₀ ↦ x̂₀ + (σ²/α) γ ∇ log p_t(y | x)                                  [CG-4]
// By Bayes' rule ∇ log p_t(x | y) = ∇ log p_t(x) + ∇ log p_t(y | x), so that γ = 1 with the classifier of the noised data is the conditional
// denoiser itself, whatever sampler reads it [CG-2, CG-3]. Any other γ samples neither p(x) p(y | x)^γ nor any diffused law [CG-7, CG-9].
// Song et al., arXiv:2011.13456v2, eq. 14; Dhariwal and Nichol, arXiv:2105.05233v4, algorithm 2. The derivation is docs/guidance.md.

#include "gradient.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

template <class D, class Gradient>
struct ClassifierGuided {
  D denoise;
  Gradient gradient;
  GuidanceScale scale;

  void check(const Level& t) const {
    check_denoiser(denoise, t);
    if (scale(t) != 0) detail::estimate_per_gradient("classifier", t);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    denoised(denoise, x, t, out);
    const double gamma = scale(t);
    if (gamma == 0 || t.sigma == 0) return;  // at σ = 0 the state is its own estimate
    const double shift = detail::estimate_per_gradient("classifier", t) * gamma;
    const X g = detail::gradient_at("classifier", gradient, x, t);
    flat(out) += typename X::Scalar(shift) * flat(g);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    const Plain<X> state = x;
    Plain<X> out = state;
    (*this)(state, t, out);
    return out;
  }
};

/// sample(classifier(denoise, gradient, 1), sampler, x, grid, noise)
///   gradient   (x, level) → ∇ log p_t(y | x) at each sample, in the shape of x: of a mixture
///              [&](const auto& x, const Level& t) { return data.log_probability_gradient({7}, x, t); }
///   scale      γ, a number or a function of the level
/// Guidance by a similarity is this with γ∇sim in the place of ∇ log p, guidance/similarity.hpp.
/// Throws std::invalid_argument for a gradient of another shape and at α = 0, std::domain_error for one that is not finite.
template <class D, class Gradient>
auto classifier(D denoise, Gradient gradient, GuidanceScale scale = 1) {
  return ClassifierGuided<D, Gradient>{std::move(denoise), std::move(gradient), std::move(scale)};
}

}  // namespace tweedie
