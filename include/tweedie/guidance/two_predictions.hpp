#pragma once
// Guidance whose rule is not linear in the estimates depends on what it is applied to: x̂₀, ε̂, v̂ … This applies a
// rule to two predictions of one kind and makes an estimate x̂₀ of the result.

#include "../denoiser/prediction.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

namespace detail {

/// A rule is called as rule(conditional, unconditional, level) with two matrices of d × n, and leaves its result in the
/// first.
template <class C, class U, class Rule>
struct TwoPredictions {
  C conditional;
  U unconditional;
  Prediction kind;
  Rule rule;

  void check(const Level& t) const {
    check_denoiser(conditional, t);
    check_denoiser(unconditional, t);
    x0_coefficients(kind, t);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    using Scalar = typename X::Scalar;
    denoised(conditional, x, t, out);
    if (t.sigma == 0 && kind != Prediction::x0) return;  // the state is its own estimate, and tells of no noise
    X other = x;
    denoised(unconditional, x, t, other);
    const auto [c_x, c_y] = x0_coefficients(kind, t);  // x̂₀ = c_x x + c_y y
    flat(out) = (flat(out) - flat(x) * Scalar(c_x)) / Scalar(c_y);
    flat(other) = (flat(other) - flat(x) * Scalar(c_x)) / Scalar(c_y);
    rule(columns(out), columns(other), t);
    flat(out) = flat(out) * Scalar(c_y) + flat(x) * Scalar(c_x);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }
};

template <class C, class U, class Rule>
auto two_predictions(C conditional, U unconditional, Prediction kind, Rule rule) {
  return TwoPredictions<C, U, Rule>{std::move(conditional), std::move(unconditional), kind, std::move(rule)};
}

}  // namespace detail

}  // namespace tweedie
