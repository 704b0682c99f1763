#pragma once
// The probability flow, the one deterministic member of the equations with the marginals p_t:
//   dx/dt = f x − ½ g² ∇ log p_t(x) = α' x̂₀ + σ' ε̂,   ε̂ = (x − αx̂₀)/σ                                         [SDE-15]
// The second form is the velocity of the straight reading "x_t = α x₀ + σ ε with both ends estimated", and has no 1/α.
// Song et al., arXiv:2011.13456v2, eq. 13. AdaptiveFlow integrates it without rates; here is what other integrators
// need.

#include "../denoiser/score.hpp"
#include "../schedule/schedule.hpp"

namespace tweedie {

/// dx/dtime at each sample, in the shape of x. Throws where σ = 0 and where a rate of the level is unknown or not
/// finite.
template <class D, class X0>
Plain<X0> velocity(const D& denoise, const X0& x, const Level& t) {
  using Scalar = typename Plain<X0>::Scalar;
  require(t.sigma > 0, "velocity at time ", t.time, ": sigma = 0, where a denoiser does not tell the noise");
  require(std::isfinite(t.d_alpha) && std::isfinite(t.d_sigma), "velocity at time ", t.time,
          ": it needs finite rates of the level, but d_alpha = ", t.d_alpha, " and d_sigma = ", t.d_sigma);
  const Plain<X0> state = x;
  Plain<X0> out = state;
  denoised(denoise, state, t, out);
  const double rate = t.d_sigma / t.sigma;
  flat(out) = Scalar(t.d_alpha - rate * t.alpha) * flat(out) + Scalar(rate) * flat(state);
  return out;
}

/// Its divergence from that of the denoiser, tr ∂x̂₀/∂x: (α' − ασ'/σ) tr ∂x̂₀/∂x + d σ'/σ, for one number or an array of them.   [SDE-16]
template <class Trace>
auto velocity_divergence(const Level& t, Eigen::Index dimension, const Trace& trace) {
  static_assert(std::is_same_v<Trace, double> || detail::DenseExpression<Trace>,
                "tweedie: velocity_divergence takes a double, or an Eigen::Array of them");
  require(t.sigma > 0 && std::isfinite(t.d_alpha) && std::isfinite(t.d_sigma), "velocity at time ", t.time,
          ": its divergence needs sigma > 0 and finite rates, but sigma = ", t.sigma, ", d_alpha = ", t.d_alpha,
          " and d_sigma = ", t.d_sigma);
  const double rate = t.d_sigma / t.sigma;
  return Trace((t.d_alpha - rate * t.alpha) * trace + double(dimension) * rate);
}

/// The flow as the right side of an ODE, in the form that Boost.odeint and others call: flow(x, dxdt, time). Integrated
/// towards less noise it samples, towards more it encodes. An integrator that copies its system copies the denoiser
/// with it: give it std::cref(flow).
///   const ProbabilityFlow flow{denoise, schedule};
///   integrate_adaptive(make_controlled<Stepper>(1e-6, 1e-6), std::cref(flow), x, 1.0, 1e-3, -0.01);
template <class D, Schedule S>
struct ProbabilityFlow {
  D denoise;
  S schedule;

  template <State X>
  void operator()(const X& x, X& dxdt, double time) const {
    dxdt = velocity(denoise, x, schedule(time));
  }
};
template <class D, Schedule S>
ProbabilityFlow(D, S) -> ProbabilityFlow<D, S>;

}  // namespace tweedie
