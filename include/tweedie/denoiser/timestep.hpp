#pragma once
// What a network is told of the noise where it wants a time: a real number, or one of the timesteps k = 0 … T − 1 that
// published chains count by. Timestep k is n = k + 1 of `Discrete`, which counts the data as n = 0.

#include <cstdint>

#include "../schedule/level.hpp"
#include "../state/callable.hpp"

namespace tweedie {

/// The default time map: the network is given level.time as it is.
struct SameTime {
  double operator()(double time) const { return time; }
};

/// The time map to timesteps: k = n − 1 for a time n of `Discrete`, the nearest of them between two levels of the chain.
///   network(Prediction::eps, net, timestep)
/// Throws std::invalid_argument for a time of ½ or less, where the data are as near as timestep 0.
inline double timestep(double n) {
  require(!(n <= 0.5), "timestep: time ", n,
          " is as near to the data, n = 0, as to timestep 0, n = 1, or nearer; is the schedule "
          "one on [0, 1]? It counts the levels n = 1, ..., T of Discrete; for others give a map of your own, such as "
          "[](double t) { return std::round(999 * t); }");
  return std::round(n - 1);
}

namespace detail {

/// The timestep of a network that takes integers, as one. `given`: it comes from a map, and the nearest is meant.
template <std::integral Number>
Number whole(double time, const Level& t, bool given) {
  const double k = std::round(time);
  // A time found from a noise level is whole to rounding only; a millionth of a timestep is none.
  require(
      given || std::fabs(time - k) <= 1e-6, "network: it takes an integer, but the time is ", t.time,
      "; give it a time map: network(kind, callable, timestep) for the timesteps n - 1 of Discrete, the nearest, or "
      "one of your own, such as [](double t) { return std::round(999 * t); }");
  require(k >= 0 && k < std::ldexp(1.0, std::numeric_limits<Number>::digits), "network: the timestep ", k, " of time ",
          t.time,
          " is negative, or beyond the integers that it takes; is the schedule the one that it was trained on?");
  return static_cast<Number>(k);
}

/// A time that becomes a real parameter and no other, so that (x, double) is told from (x, int), which would take a
/// double as well.
struct RealTime {
  double time;

  template <std::floating_point Number>
  operator Number() const {
    return static_cast<Number>(time);
  }
};
/// One that becomes an integer.
struct WholeTime {
  double time;
  const Level& level;
  bool given;

  template <std::integral Number>
  operator Number() const {
    return whole<Number>(time, level, given);
  }
};

/// f is a network that is told the noise by a `Told`.
template <class F, class X, class Told>
concept Answers = requires(const F& f, const X& x, const Told& told, X& out) {
  f(x, told, out);
}
|| requires(const F& f, const X& x, const Told& told, X& out) {
  out = f(x, told);
};

}  // namespace detail

}  // namespace tweedie
