#pragma once
// The SDE of a schedule: whatever α(t) and σ(t) are, x_t = α x₀ + σ ε are the marginals of the linear equation
//   dx = f x dt + g dw,   f = α'/α,   g² = 2σσ' − 2fσ² = −2σ² dλ/dt                                              [SDE-2]
// Its kernels between any two times are exact in closed form: `transition` and `Forward` (sampler/transition.hpp).
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, section 3.4; for any schedule Kingma
// et al., arXiv:2107.00630v6. The derivation is docs/sde.md.

#include "../schedule/schedule.hpp"
#include "../state/state.hpp"

namespace tweedie {

template <Schedule S>
struct LinearSde {
  S schedule;

  /// f x. Throws where the schedule does, and where a rate is unknown or not finite.
  template <class X0>
  Plain<X0> drift(const X0& x, double time) const {
    Plain<X0> out = x;
    flat(out) *= typename Plain<X0>::Scalar(drift_rate(schedule(time)));
    return out;
  }
  /// g ≥ 0.
  double diffusion(double time) const {
    const Level t = schedule(time);
    require(t.sigma > 0 || std::isfinite(t.d_sigma), "linear SDE: at time ", time, " the rate of sigma is ", t.d_sigma,
            "; begin a little later, or let Forward{} take the first step");
    const double g2 = diffusion_rate(t);
    require(g2 >= 0, "linear SDE: at time ", time, " g^2 = ", g2, " is negative: the schedule's noise falls there");
    return std::sqrt(g2);
  }
};
template <Schedule S>
LinearSde(S) -> LinearSde<S>;

}  // namespace tweedie
