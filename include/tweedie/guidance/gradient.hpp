#pragma once
// What guides: a callable gradient(x, level), ∇ log p_t(y | x) at each sample, in the shape of x.

#include "../denoiser/denoiser.hpp"

namespace tweedie {

namespace detail {

/// gradient(…) as a state of the shape of x. Throws std::invalid_argument for another shape, std::domain_error for a
/// value that is not finite.
template <State X, class Gradient, class... Arguments>
X gradient_at(const char* what, const Gradient& gradient, const X& x, const Level& t, const Arguments&... more) {
  static_assert(
      requires { X(gradient(x, t, more...)); },
      "tweedie: a gradient is callable on a const object as gradient(x, level), x a state, and returns a state; a "
      "lambda should say so, since Eigen's expression of its own variables outlives them");
  check_returned<decltype(gradient(x, t, more...)), X>();
  X g = gradient(x, t, more...);
  require(shape(g) == shape(x), what, ": at time ", t.time, " the gradient has the shape ", shape(g),
          " for a state of ", shape(x));
  if (!all_finite(g))
    throw std::domain_error(sentence(what, ": at time ", t.time, " the gradient has a value that is not finite"));
  return g;
}

/// σ²/α, by which a gradient of log p_t moves x̂₀. Throws where α = 0.
inline double estimate_per_gradient(const char* what, const Level& t) {
  require(t.alpha > 0, what, " at time ", t.time,
          ": alpha = 0, where the state tells nothing of what guides it, and a gradient of 0 cannot say where to go; "
          "begin at a level with signal, or guide by conditional denoisers");
  return t.sigma * t.sigma / t.alpha;
}

}  // namespace detail

}  // namespace tweedie
