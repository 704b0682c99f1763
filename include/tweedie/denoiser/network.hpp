#pragma once
// The one place where a network becomes a denoiser, whatever it predicts and however it is told the noise.

#include "prediction.hpp"

namespace tweedie {

/// The default time map: the network is given level.time as it is.
struct SameTime {
  double operator()(double time) const { return time; }
};

template <class F, class TimeMap>
struct Network {
  Prediction kind;
  F call;
  TimeMap time_map;

  /// Throws std::invalid_argument where x̂₀ cannot be told from this kind of prediction at this level.
  void check(const Level& t) const { x0_coefficients(kind, t); }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    using Scalar = typename X::Scalar;
    const auto [c_x, c_y] = x0_coefficients(kind, t);
    if constexpr (requires { call(x, t, out); }) {
      call(x, t, out);
    } else if constexpr (requires { out = call(x, t); }) {
      out = call(x, t);
    } else {
      static_assert(
          requires { call(x, double{}, out); } || requires { out = call(x, double{}); },
          "tweedie: a network is callable on a const object as (x, level), (x, level, out), (x, double time) or (x, "
          "double time, out), where x is the state");
      const double time = mapped(t);
      require(!std::isnan(time), "network: it wants a time, but the level with alpha = ", t.alpha,
              ", sigma = ", t.sigma, " has none");
      if constexpr (requires { call(x, time, out); })
        call(x, time, out);
      else
        out = call(x, time);
    }
    require(shape(out) == shape(x), "network: it returned the shape ", to_string(shape(out)), " for a state of ",
            to_string(shape(x)));
    if (c_x != 0)
      flat(out) = flat(x) * Scalar(c_x) + flat(out) * Scalar(c_y);
    else if (c_y != 1)
      flat(out) *= Scalar(c_y);
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }

 private:
  double mapped(const Level& t) const {
    if constexpr (requires { time_map(t); })
      return time_map(t);
    else
      return time_map(t.time);
  }
};

/// A denoiser from a network that predicts `kind`, callable as (x, level), (x, level, out), (x, double time) or (x,
/// double time, out); the level wins where both fit. A network that takes a time is given time_map(level.time), or
/// time_map(level): for one trained on diffusers' timesteps 0 … T − 1 of a `Discrete` chain, [](double n) { return n -
/// 1; }.
template <class F, class TimeMap = SameTime>
Network<F, TimeMap> network(Prediction kind, F call, TimeMap time_map = {}) {
  static_assert(
      std::is_invocable_r_v<double, const TimeMap&, double> ||
          std::is_invocable_r_v<double, const TimeMap&, const Level&>,
      "tweedie: time_map takes the level's time, or the level, and returns the time that the network is given");
  return {kind, std::move(call), std::move(time_map)};
}

}  // namespace tweedie
