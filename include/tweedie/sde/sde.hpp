#pragma once
// A stochastic differential equation dx = f(x, t) dt + g(t) dw is anything with
//   drift(x, time)                     → a state of the shape of x
//   diffusion(time) or (x, time)       → a number; a vector, one for each coordinate; or a state of the shape of x, elementwise (Itô)
// and is the limit of Euler-Maruyama's steps, of weak order 1 for smooth coefficients of linear growth:                            [SDE-1]
//   x(t + Δ) ≈ x + f(x, t) Δ + g √|Δ| ζ,   ζ ~ N(0, I)
// Times may fall: then the equation is one in reverse time, as reverse_sde makes. The derivation is docs/sde.md.
// Kloeden and Platen, Numerical solution of stochastic differential equations, 1992, theorem 14.1.5.
// A drift that grows faster, as −x³, may carry a long step further out than it came: its simulation can diverge.

#include <span>
#include <utility>

#include "../sample/observer.hpp"
#include "../schedule/level.hpp"
#include "../state/callable.hpp"
#include "../state/noise.hpp"

namespace tweedie {

template <class S, class X>
concept Sde = requires(const S& sde, const X& x, double time) {
  X(sde.drift(x, time));
}
&&(
    requires(const S& sde, double time) { sde.diffusion(time); } ||
    requires(const S& sde, const X& x, double time) { sde.diffusion(x, time); });

namespace detail {
/// A vector: the same for every sample.
template <class G>
inline constexpr bool one_for_each_coordinate = false;
template <DenseExpression G>
inline constexpr bool one_for_each_coordinate<G> = G::ColsAtCompileTime == 1;
template <class S, class X>
auto diffusion(const S& sde, const X& x, double time) {
  if constexpr (requires { sde.diffusion(time); })
    return sde.diffusion(time);
  else
    return sde.diffusion(x, time);
}
}  // namespace detail

/// Euler-Maruyama along `times`, rising or falling, from x at times.front(); returns the state at times.back(). The
/// noise of the step from times[i] is that of row i: with Normals, a run that goes on where another ended, or comes back,
/// wants Normals{seed}.stream(1). A diffusion of the shape of x multiplies its noise elementwise; a d × d matrix is not what
/// it takes. observer(time, x) is called after each step; returning false stops. Throws std::invalid_argument for times
/// that turn back or are not finite, and for a drift or diffusion of another shape; std::domain_error, naming the step,
/// for one that is not finite.
template <class S, class X0, class Noise, class Observer = NoObserver>
Plain<X0> simulate(const S& sde, const X0& x0, std::span<const double> times, Noise&& noise, Observer&& observer = {}) {
  detail::check_real<X0>();
  using X = Plain<X0>;
  using Scalar = typename X::Scalar;
  static_assert(Sde<S, X>,
                "tweedie: an SDE has drift(x, time) and diffusion(time) or diffusion(x, time), callable on a const "
                "object");
  require(times.size() >= 2, "simulate: it has ", times.size(), " times, but a step needs two");
  for (std::size_t i = 0; i < times.size(); ++i) {
    require(std::isfinite(times[i]), "simulate: time ", i, " is ", times[i], ", but must be finite");
    require(i == 0 || (times[1] > times[0] ? times[i] > times[i - 1] : times[i] < times[i - 1]),
            "simulate: times must go one way, but time ", i, " is ", times[i], " after ", times[i > 0 ? i - 1 : 0]);
  }
  if constexpr (requires { sde.check(times.front(), times.back()); }) sde.check(times.front(), times.back());
  X x = x0, z = x;
  require(x.size() > 0 && all_finite(x), "simulate: the start is empty or has a value that is not finite");
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double t = times[i], step = times[i + 1] - t;
    detail::check_returned<decltype(sde.drift(std::as_const(x), t)), X>();
    const X drift = sde.drift(std::as_const(x), t);
    require(shape(drift) == shape(x), "simulate: at time ", t, " the drift has the shape ", shape(drift),
            " for a state of ", shape(x));
    draw(noise, z, std::int64_t(i));
    const auto g = detail::diffusion(sde, std::as_const(x), t);
    using G = std::remove_cvref_t<decltype(g)>;
    detail::check_evaluated<G>();
    if constexpr (std::convertible_to<G, double>) {
      flat(z) *= Scalar(double(g) * std::sqrt(std::fabs(step)));
    } else if constexpr (detail::one_for_each_coordinate<G>) {
      auto all = columns(z);
      require(g.size() == all.rows(), "simulate: at time ", t, " the diffusion has ", g.size(),
              " entries for samples of dimension ", all.rows());
      all.array().colwise() *= g.template cast<Scalar>().array() * Scalar(std::sqrt(std::fabs(step)));
    } else {
      const X factor = g;
      require(shape(factor) == shape(x), "simulate: at time ", t, " the diffusion has the shape ", shape(factor),
              " for a state of ", shape(x));
      flat(z) *= flat(factor) * Scalar(std::sqrt(std::fabs(step)));
    }
    flat(x) += flat(drift) * Scalar(step) + flat(z);
    if (!all_finite(x))
      throw std::domain_error(sentence("simulate: the step from time ", t, " to ", times[i + 1],
                                       " has a value that is not finite; is the step too long for the drift?"));
    if constexpr (!std::same_as<std::remove_cvref_t<Observer>, NoObserver>) {
      static_assert(std::is_invocable_v<Observer&, double, const X&>,
                    "tweedie: the observer of simulate is callable as observer(double time, const X& x)");
      if constexpr (std::is_void_v<std::invoke_result_t<Observer&, double, const X&>>)
        observer(times[i + 1], std::as_const(x));
      else if (!observer(times[i + 1], std::as_const(x)))
        break;
    }
  }
  return x;
}
template <class S, class X0, class Noise, class Observer = NoObserver>
Plain<X0> simulate(const S& sde, const X0& x0, std::initializer_list<double> times, Noise&& noise,
                   Observer&& observer = {}) {
  return simulate(sde, x0, std::span<const double>(times.begin(), times.size()), noise, observer);
}

}  // namespace tweedie
