#pragma once
// The score of a denoiser, by Tweedie's formula:
//   ∇ log p_t(x) = (α x̂₀ − x)/σ² = −ε̂/σ,   x̂₀ = (x + σ² ∇ log p_t(x))/α                                   [SDE-10, SDE-11]
// The other way round is network(Prediction::score, f).

#include "denoiser.hpp"

namespace tweedie {

/// ∇ log p_t at each sample, in the shape of x. Throws std::invalid_argument where σ = 0.
template <class D, class X0>
Plain<X0> score(const D& denoise, const X0& x, const Level& t) {
  detail::check_real<X0>();
  using Scalar = typename Plain<X0>::Scalar;
  require(t.sigma > 0, "score at time ", t.time, ": sigma = 0, where a denoiser does not tell it");
  const Plain<X0> state = x;
  Plain<X0> out = state;
  denoised(denoise, state, t, out);
  flat(out) = (Scalar(t.alpha) * flat(out) - flat(state)) / Scalar(t.sigma * t.sigma);
  return out;
}

}  // namespace tweedie
