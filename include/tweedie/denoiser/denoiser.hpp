#pragma once
// A denoiser is any callable denoise(x, level) → x̂₀ = E[x₀ | x_t = x], or denoise(x, level, out), which fills `out`,
// given in the shape of x, and lets the loop run without allocating. Every sampler and every guidance is written on it.
// A lambda should say that it returns a matrix: left to itself it returns Eigen's expression, which outlives the
// lambda's own variables and is refused.

#include "../schedule/level.hpp"
#include "../state/callable.hpp"

namespace tweedie {

namespace detail {
template <class D, class X>
concept FillingDenoiser = requires(const D& denoise, const X& x, const Level& t, X& out) {
  denoise(x, t, out);
};
template <class D, class X>
concept ReturningDenoiser = requires(const D& denoise, const X& x, const Level& t, X& out) {
  out = denoise(x, t);
};
}  // namespace detail

template <class D, class X>
concept Denoiser = detail::FillingDenoiser<D, X> || detail::ReturningDenoiser<D, X>;

/// out = x̂₀. Throws std::invalid_argument where the denoiser gives another shape.
template <State X, class D>
void denoised(const D& denoise, const X& x, const Level& t, X& out) {
  detail::check_real<X>();
  detail::check_scalar<D, X>();
  static_assert(Denoiser<D, X>,
                "tweedie: a denoiser is callable on a const object as denoise(x, level) or denoise(x, level, out), "
                "where x is the state; wrap a network that knows the time "
                "only, or that predicts something other than x0, by network(Prediction::..., callable)");
  if constexpr (detail::FillingDenoiser<D, X>) {
    detail::check_filled<D, X, Level>();
    reshape(out, shape(x));
    denoise(x, t, out);
  } else {
    detail::check_returned<decltype(denoise(x, t)), X>();
    out = denoise(x, t);
  }
  detail::check_shape("denoiser", out, x);
}

namespace detail {
/// The form of a denoiser that returns, from the one that fills.
template <class D, class X0>
Plain<X0> returned(const D& denoise, const X0& x, const Level& t) {
  const Plain<X0> state = x;
  Plain<X0> out = state;
  denoise(state, t, out);
  return out;
}
}  // namespace detail

/// Asks a denoiser that can tell, by a member check(level), whether it will serve at this level: the earliest moment to
/// refuse.
template <class D>
void check_denoiser(const D& denoise, const Level& t) {
  if constexpr (requires { detail::unwrapped(denoise).check(t); }) detail::unwrapped(denoise).check(t);
}

}  // namespace tweedie
