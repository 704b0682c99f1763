#pragma once
// Guidance of the step itself. A kernel N(μ, z²) tilted by e^(γ f(x_s)) is, to first order of z², the kernel moved
// along the gradient,
//   x_s = μ + z² γ ∇f + z ζ                                                                                     [CG-5, SIM-1]
// with f = log p(y | ·) the classifier of Dhariwal and Nichol, arXiv:2105.05233v4, algorithm 1, or any similarity. Mean
// and variance are off by O(β⁴), β² the forward variance of the step; nothing is where f is linear. It needs noise: at
// z = 0 nothing moves, and guidance of the estimate, classifier(…), is the one to use. The shift of that one is another
// number, equal to first order only, and that only where the noise is DDPM's: with ς of g in the reverse equation, r =
// ς²/g², the limit of short steps is guided by 2r/(1 + r) times γ [CG-4].

#include "../variance/step_law.hpp"
#include "gradient.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

/// Where the gradient is taken.
enum class ShiftAt {
  state,  ///< x_t at level t, as the algorithm and programs have it
  mean    ///< μ at level s, as it is derived (section 4.1)
};

/// sample(denoise, MeanShift{DDPM{}, gradient, 1}, x, grid, noise)
///   sampler    with row(t, s), or ElementwiseVariance or LearnedVariance around one: their z² is one of each number
///   gradient   (x, level) → ∇f at each sample, in the shape of x
///   scale      γ, a number or a function of the level t
/// Throws std::invalid_argument for a gradient of another shape, std::domain_error for one that is not finite.
template <class S, class Gradient>
struct MeanShift {
  S sampler;
  Gradient gradient;
  GuidanceScale scale = 1;
  ShiftAt at = ShiftAt::state;

  void check(const Grid& grid) const { detail::check_step_law(sampler, grid); }
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    return detail::drawn(law(denoise, x, t, s), noise);
  }
  template <class D, State X>
  StepLaw<X> law(const D& denoise, const X& x, const Level& t, const Level& s) const {
    StepLaw<X> law = step_law(sampler, denoise, x, t, s);
    const double gamma = scale(t);
    if (gamma == 0 || (flat(law.variance) == 0).all()) return law;
    const X g = at == ShiftAt::state ? detail::gradient_at("mean shift", gradient, x, t)
                                     : detail::gradient_at("mean shift", gradient, law.mean, s);
    flat(law.mean) += typename X::Scalar(gamma) * flat(law.variance) * flat(g);
    return law;
  }
};
template <class S, class G>
MeanShift(S, G) -> MeanShift<S, G>;
template <class S, class G, class Scale>
MeanShift(S, G, Scale) -> MeanShift<S, G>;
template <class S, class G, class Scale>
MeanShift(S, G, Scale, ShiftAt) -> MeanShift<S, G>;

}  // namespace tweedie
