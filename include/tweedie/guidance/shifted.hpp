#pragma once
// What guidance of an estimate comes to: x̂₀ ↦ x̂₀ + γ·shift(x, t, x̂₀), a function from denoisers to a denoiser.

#include <utility>

#include "gradient.hpp"
#include "guidance_scale.hpp"

namespace tweedie::detail {

/// shift(x, level, x̂₀) is a state of the shape of x. At σ = 0, where the state is its own estimate, nothing is
/// shifted; α = 0 is refused.
template <class D, class Shift>
struct Shifted {
  D denoise;
  const char* what;  ///< for messages
  GuidanceScale scale;
  Shift shift;

  void check(const Level& t) const {
    check_denoiser(denoise, t);
    if (scale(t) != 0) estimate_per_gradient(what, t);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    denoised(denoise, x, t, out);
    const double gamma = scale(t);
    if (gamma == 0 || t.sigma == 0) return;
    estimate_per_gradient(what, t);
    const X by = shift(x, t, std::as_const(out));
    flat(out) += typename X::Scalar(gamma) * flat(by);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return returned(*this, x, t);
  }
};

template <class D, class Shift>
auto shifted(D denoise, const char* what, GuidanceScale scale, Shift shift) {
  return Shifted<D, Shift>{std::move(denoise), what, std::move(scale), std::move(shift)};
}

}  // namespace tweedie::detail
