#pragma once
// What guidance of an estimate comes to: x̂₀ ↦ x̂₀ + γ·shift(x, t, x̂₀), a function from denoisers to a denoiser. A rule of
// one's own is the callable `shift`; docs/guidance.md, "A rule of your own".

#include <utility>

#include "gradient.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

/// shift(x, level, x̂₀) → a state of the shape of x, callable on a const object.
template <class Shift, class X>
concept EstimateShift = State<X> && requires(const Shift& shift, const X& x, const Level& t) {
  X(shift(x, t, x));
};

/// At σ = 0, where the state is its own estimate, nothing is shifted; α = 0 is refused.
template <class D, class Shift>
struct Shifted {
  D denoise;
  Shift shift;
  GuidanceScale scale = 1;
  const char* name = "shifted";  ///< for messages

  void check(const Level& t) const {
    check_denoiser(denoise, t);
    if (scale(t) != 0) detail::estimate_per_gradient(name, t);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    static_assert(EstimateShift<Shift, X>,
                  "tweedie: the shift of an estimate is callable on a const object as shift(x, level, x0), all three "
                  "const, and returns a state of the shape of x");
    const double gamma = scale(t);
    const bool guided = gamma != 0 && t.sigma != 0;
    if (guided) detail::estimate_per_gradient(name, t);
    if constexpr (requires { shift.check(x); })
      if (guided) shift.check(x);
    denoised(denoise, x, t, out);
    if (!guided) return;
    detail::check_returned<decltype(shift(x, t, std::as_const(out))), X>();
    const X by = shift(x, t, std::as_const(out));
    require(shape(by) == shape(x), name, ": at time ", t.time, " the shift has the shape ", shape(by),
            " for a state of ", shape(x));
    flat(out) += typename X::Scalar(gamma) * flat(by);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }
};

/// sample(shifted(denoise, shift, 1), sampler, x, grid, noise)
///   shift   an EstimateShift; for a gradient g of a log-density (σ²/α) g, and with a member check(x) asked before the
///           denoiser
///   scale   γ, a number or a function of the level
///   name    how messages call it
template <class D, class Shift>
auto shifted(D denoise, Shift shift, GuidanceScale scale = 1, const char* name = "shifted") {
  return Shifted<D, Shift>{std::move(denoise), std::move(shift), std::move(scale), name};
}

}  // namespace tweedie
