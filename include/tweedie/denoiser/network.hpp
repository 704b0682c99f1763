#pragma once
// The one place where a network becomes a denoiser, whatever it predicts and however it is told the noise.

#include "prediction.hpp"
#include "timestep.hpp"

namespace tweedie {

template <class F, class TimeMap>
struct Network {
  Prediction kind;
  F call;
  TimeMap time_map;

  /// Throws std::invalid_argument where x̂₀ cannot be told from this kind of prediction at this level, and where the
  /// network wants a time, or a timestep, that the level does not have.
  void check(const Level& t) const {
    x0_coefficients(kind, t);
    if constexpr (std::floating_point<Told>)
      mapped(t);
    else if constexpr (std::integral<Told>)
      detail::whole<Told>(mapped(t), t, given);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    detail::check_real<X>();
    using Scalar = typename X::Scalar;
    const auto [c_x, c_y] = x0_coefficients(kind, t);
    detail::check_scalar<F, X>();
    if constexpr (detail::Answers<F, X, Level>)
      ask(x, t, out);
    else if constexpr (detail::Answers<F, X, detail::RealTime>)
      ask(x, detail::RealTime{mapped(t)}, out);
    else if constexpr (detail::Answers<F, X, detail::WholeTime>)
      ask(x, detail::WholeTime{mapped(t), t, given}, out);
    else if constexpr (detail::Answers<F, X, double>)
      ask(x, mapped(t), out);
    else {
      static_assert(
          detail::Answers<F, X, std::int64_t>,
          "tweedie: a network is callable on a const object as (x, level), (x, level, out), (x, time) or (x, time, "
          "out), where x is the state and the time a double, a float or an integer");
      ask(x, detail::whole<std::int64_t>(mapped(t), t, given), out);
    }
    detail::check_shape("network", out, x);
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
  using Told = detail::Parameter<F, 1>;
  static constexpr bool given = !std::same_as<TimeMap, SameTime>;

  template <class X, class T>
  void ask(const X& x, const T& told, X& out) const {
    if constexpr (requires { call(x, told, out); }) {
      detail::check_filled<F, X, T>();
      call(x, told, out);
    } else {
      detail::check_returned<decltype(call(x, told)), X>();
      out = call(x, told);
    }
  }
  double mapped(const Level& t) const {
    const double time = [&] {
      if constexpr (std::is_invocable_r_v<double, const TimeMap&, const Level&>)
        return time_map(t);
      else
        return time_map(t.time);
    }();
    require(!std::isnan(time), "network: it wants a time, but the level with alpha = ", t.alpha, ", sigma = ", t.sigma,
            " has none");
    return time;
  }
};

/// A denoiser from a network that predicts `kind`, callable as (x, level) or (x, time), or with an output to fill, (x,
/// level, out) or (x, time, out); the level wins where both fit. A time is a double, a float or an integer, and is
/// time_map(level.time), or time_map(level). For a network trained on the timesteps 0 … T − 1 of a `Discrete` chain:
///   network(Prediction::eps, net, timestep)
/// An integer is the nearest to what the map gives, and must not be negative; without a map level.time must be a whole
/// number itself. Throws std::invalid_argument where it is not.
template <class F, class TimeMap = SameTime>
Network<F, TimeMap> network(Prediction kind, F call, TimeMap time_map = {}) {
  static_assert(
      !std::is_class_v<TimeMap> || requires { &TimeMap::operator(); },
      "tweedie: a time map says what it takes, the time or the level: [](double time) { ... } or [](const "
      "Level& t) { ... }, not auto, and returns the time that the network is given");
  static_assert(
      std::is_invocable_r_v<double, const TimeMap&, double> ||
          std::is_invocable_r_v<double, const TimeMap&, const Level&>,
      "tweedie: time_map takes the level's time, or the level, and returns the time that the network is given");
  return {kind, std::move(call), std::move(time_map)};
}

/// The arguments the other way round, to say so.
template <class F, class... Map>
requires(!std::same_as<F, Prediction>) auto network(F call, Prediction kind, Map... time_map) {
  static_assert(sizeof(F) == 0, "tweedie: the kind comes first: network(Prediction::eps, callable, time_map)");
  return network(kind, std::move(call), std::move(time_map)...);
}

}  // namespace tweedie
