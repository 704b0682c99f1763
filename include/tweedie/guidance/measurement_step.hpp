#pragma once
// Two published samplers for y = A x₀ + noise·n that add a gradient through the estimate to a step's x_s; r = y − A
// x̂₀(x_t), J = ∂x̂₀/∂x:
//   DPS:    x_s + ζ Jᵀ Aᵀ r/‖r‖,   which is x_s − ζ ∇‖y − A x̂₀(x_t)‖
//   ΠGDM:   x_s + α_s α_t v Jᵀ Aᵀ (v A Aᵀ + noise² I)⁻¹ r,   v = σ²/(α² + σ²)
// Chung et al., Diffusion posterior sampling, arXiv:2209.14687v4, algorithm 1 with ζ_i = ζ/(2‖r‖), as the authors'
// program writes it (appendix C.2 has ζ' = ζ/2); Song et al., Pseudoinverse-guided diffusion models, ICLR 2023,
// algorithm 1, with the weight α_s α_t of published programs. The weight of DPS is in units of the state and knows
// neither the noise nor the step: it is tuned. Estimates that know both, for any sampler, are in
// guidance/posterior_guided.hpp.

#include "../state/coupling.hpp"
#include "../variance/step_law.hpp"
#include "posterior_guided.hpp"

namespace tweedie {

/// sample(denoise, DPS{DDPM{}, measurement, pullback, 1}, x, grid, noise)
///   sampler   with row(t, s), or ElementwiseVariance or LearnedVariance around one
///   pullback  (x, level, u) → Jᵀ u
///   zeta      ζ ≥ 0, in the units of the state
///   coupling  the norm is each sample's own; Coupling::batch takes one norm for all, as published code does
template <class S, class Pullback>
struct DPS {
  S sampler;
  LinearMeasurement measurement;
  Pullback pullback;
  double zeta = 1;
  Coupling coupling = Coupling::sample;

  void check(const Grid& grid) const {
    detail::check_step_law(sampler, grid);
    require(zeta >= 0 && std::isfinite(zeta), "DPS: zeta = ", zeta, " must be finite and not negative");
  }
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    measurement.check(columns(x).rows(), samples(x));
    X x0 = x;
    StepLaw<X> law = step_law(sampler, detail::recording(denoise, x0), x, t, s);
    if (t.sigma == 0) return detail::drawn(std::move(law), noise);
    Eigen::MatrixXd r = measurement.residual(detail::in_double(x0));
    Eigen::ArrayXd size = detail::column_norms<double>(r);
    if (coupling == Coupling::batch) size.setConstant(r.stableNorm());
    r = detail::unit_columns<double>(r, size);  // a measurement that is met pulls nowhere
    const X gradient = detail::pulled_back("DPS", pullback, x, t, detail::like(x, measurement.adjoint(r)));
    flat(law.mean) += typename X::Scalar(zeta) * flat(gradient);
    return detail::drawn(std::move(law), noise);
  }
};
template <class S, class P>
DPS(S, LinearMeasurement, P) -> DPS<S, P>;
template <class S, class P>
DPS(S, LinearMeasurement, P, double) -> DPS<S, P>;
template <class S, class P>
DPS(S, LinearMeasurement, P, double, Coupling) -> DPS<S, P>;

/// sample(denoise, PseudoinverseGuidance{DDIM{1}, measurement, pullback}, x, grid, noise)
template <class S, class Pullback>
struct PseudoinverseGuidance {
  S sampler;
  LinearMeasurement measurement;
  Pullback pullback;

  void check(const Grid& grid) const { detail::check_step_law(sampler, grid); }
  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    measurement.check(columns(x).rows(), samples(x));
    X x0 = x;
    StepLaw<X> law = step_law(sampler, detail::recording(denoise, x0), x, t, s);
    if (t.sigma == 0) return detail::drawn(std::move(law), noise);
    const double v = standard_posterior_variance(t);
    const Eigen::MatrixXd Au = detail::isotropic_pull(measurement, v, measurement.residual(detail::in_double(x0)));
    const X gradient = detail::pulled_back("PseudoinverseGuidance", pullback, x, t, detail::like(x, Au));
    flat(law.mean) += typename X::Scalar(s.alpha * t.alpha * v) * flat(gradient);
    return detail::drawn(std::move(law), noise);
  }
};
template <class S, class P>
PseudoinverseGuidance(S, LinearMeasurement, P) -> PseudoinverseGuidance<S, P>;

}  // namespace tweedie
