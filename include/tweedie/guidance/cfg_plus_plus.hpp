#pragma once
// CFG++: the estimate is guided, and is noised again along the unconditional noise estimate,
//   x_s = a x̂_λ + e ε̂(x) + z ζ,   x̂_λ = x̂₀(x) + λ (x̂₀(x | y) − x̂₀(x)),   0 ≤ λ ≤ 1
// where a and e are the coefficients of a step's row once x_t = α_t x̂₀ + σ_t ε̂ is written out: α_s and σ_s for DDIM.
// Two estimates at once, so it is no denoiser for every sampler; but a step with a ≠ e α_t/σ_t is classifier-free
// guidance of the scale
//   γ = λ a/(a − e α_t/σ_t),   for DDIM λ/(1 − e^(λ_t − λ_s)): large at first steps that are short.
// Chung et al., CFG++: manifold-constrained classifier free guidance, arXiv:2406.08070v2, section 3.1 and algorithm 2.

#include "../sample/sample.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

/// sample(conditional, CFGPlusPlus{DDIM{}, unconditional, 0.6}, x, grid, noise)
///   sampler    with row(t, s), which reads its own estimate alone
///   scale      λ in [0, 1], a number or a function of the level; 1 is the conditional estimate, noised along the
///              unconditional one; outside the interval of `limited` it is 0, the unconditional run
/// Throws std::invalid_argument for another scale, and on a grid that begins at σ = 0, where there is no noise estimate.
template <class S, class U>
struct CFGPlusPlus {
  static_assert(detail::RowOfLevels<S>,
                "tweedie: CFGPlusPlus takes a sampler with row(t, s), which looks neither back nor ahead");
  S sampler;
  U unconditional;
  GuidanceScale scale = 1;

  void check(const Grid& grid) const {
    for (const Step& step : tabulate(sampler, grid)) {
      require(step.from.sigma > 0, "CFG++: the grid begins at sigma = 0, where there is no noise to estimate");
      require(depth(step.row) <= 1, "CFG++: a row that reads older estimates has no single one to guide");
      check_denoiser(unconditional, step.from);
      share(step.from);
    }
  }

  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    using Scalar = typename X::Scalar;
    const Row row = sampler.row(t, s);
    const double a = row.x0[0] + row.x * t.alpha, e = row.eps[0] + row.x * t.sigma;
    X guided = x, x0 = x, eps = x;
    denoised(denoise, x, t, guided);
    detail::estimate_at(unconditional, x, t, x0, [] { return "CFG++: the unconditional estimate at "; });
    flat(eps) = (flat(x) - Scalar(t.alpha) * flat(x0)) / Scalar(t.sigma);
    flat(guided) = flat(x0) + Scalar(share(t)) * (flat(guided) - flat(x0));
    Terms<X> terms;
    terms.add(a, guided);
    terms.add(e, eps);
    X z = x;
    if (row.z != 0) {
      noise(z);
      terms.add(row.z, z);
    }
    X next = x;
    apply(0, next, terms);
    return next;
  }

 private:
  double share(const Level& t) const {
    const double share = scale(t, 0);
    require(share >= 0 && share <= 1, "CFG++: at time ", t.time, " its scale is ", share,
            ", but must be in [0, 1]: it is no scale of classifier-free guidance, which for a 7.5 is "
            "classifier_free_scale");
    return share;
  }
};
template <class S, class U>
CFGPlusPlus(S, U) -> CFGPlusPlus<S, U>;
template <class S, class U, class Scale>
CFGPlusPlus(S, U, Scale) -> CFGPlusPlus<S, U>;

}  // namespace tweedie
