#pragma once
// Between two latents: an arc keeps their law, a straight line does not.
//   z = cos(πl/2) z₁ + sin(πl/2) z₂ ~ N(0, σ²I) for independent z₁, z₂ ~ N(0, σ²I);   (1 − l) z₁ + l z₂ has the variance (l² + (1 − l)²) σ²    [DDIM-8]
// With deterministic samplers an interpolation of latents is one of samples. Song et al., arXiv:2010.02502v4, section
// 5.3 and appendix D.5, where the angle between the two is measured; in many dimensions it is near π/2. The derivation
// is docs/probability_flow.md.

#include <numbers>

#include "../state/state.hpp"

namespace tweedie {

/// l = 0: z1; l = 1: z2.
template <class Z1, class Z2>
Plain<Z1> interpolated(const Z1& z1, const Z2& z2, double l) {
  using Scalar = typename Plain<Z1>::Scalar;
  Plain<Z1> out = z1;
  const Plain<Z2> other = z2;
  require(shape(out) == shape(other), "interpolated: the shapes ", shape(out), " and ", shape(other), " differ");
  require(l >= 0 && l <= 1, "interpolated: l = ", l, " is outside [0, 1]");
  if (l == 0) return out;
  if (l == 1) return other;
  const double angle = std::numbers::pi / 2 * l;
  flat(out) = Scalar(std::cos(angle)) * flat(out) + Scalar(std::sin(angle)) * flat(other);
  return out;
}

}  // namespace tweedie
