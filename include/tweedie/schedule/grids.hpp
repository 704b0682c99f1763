#pragma once
// Where a sampler of n steps stops. Grids in time return n + 1 times, noisiest first, for `levels(schedule, times)`;
// grids in σ/α or λ take the schedule and return the n + 1 levels. None appends `clean`: grid.push_back(clean) adds a
// last step.

#include "schedule.hpp"

namespace tweedie {

namespace detail {
/// n + 1 numbers, the image under `map` of equal steps from `first` to `last`; both ends are exact.
template <class Map>
std::vector<double> mapped_steps(int n, double first, double last, double from, double to, const Map& map) {
  require(n >= 1, "grid: the number of steps is ", n, ", but must be at least 1");
  require(std::isfinite(from) && std::isfinite(to), "grid: its ends ", from, " and ", to, " must be finite");
  std::vector<double> values{from};
  for (int i = 1; i < n; ++i) values.push_back(map(first + (last - first) * i / n));
  values.push_back(to);
  return values;
}

inline void check_ratios(const char* grid, double from, double to) {
  require(from > 0 && to > 0, grid, ": sigma/alpha goes from ", from, " to ", to, ", but must be positive");
  require(from > to, grid, ": sigma/alpha goes from ", from, " to ", to,
          ", but grids begin at their noisiest level; to walk upward, reverse one");
}
}  // namespace detail

/// Times equally spaced, from the noisiest to the cleanest.
inline std::vector<double> uniform(int n, double from = 1, double to = 0) {
  return detail::mapped_steps(n, from, to, from, to, [](double t) { return t; });
}

/// √t equally spaced: finer where t is small.
inline std::vector<double> quadratic(int n, double from = 1, double to = 0) {
  require(from >= 0 && to >= 0, "quadratic: times ", from, " and ", to, " must not be negative");
  return detail::mapped_steps(n, std::sqrt(from), std::sqrt(to), from, to, [](double root) { return root * root; });
}

/// λ equally spaced between two finite values, `from` the noisier, so the smaller. The level of each λ is the
/// schedule's.
Grid uniform_lambda(const InvertibleSchedule auto& schedule, int n, double from, double to) {
  require(from < to, "uniform_lambda: lambda goes from ", from, " to ", to,
          ", but grids begin at their noisiest level; to walk upward, reverse one");
  std::vector<double> times = detail::mapped_steps(n, from, to, from, to, [](double lambda) { return lambda; });
  for (double& value : times) value = schedule.time(value);
  return levels(schedule, times);
}

/// σ/α in geometric progression: uniform_lambda between −ln(from) and −ln(to). With ρ ≠ 1 the powers 1/ρ of the
/// distances to −ln(to) are equally spaced, so that ρ > 1 has more levels near the data: "polyexponential" of
/// k-diffusion.
Grid exponential(const InvertibleSchedule auto& schedule, int n, double from, double to, double rho = 1) {
  detail::check_ratios("exponential", from, to);
  require(rho > 0, "exponential: rho = ", rho, " must be positive");
  const double first = -std::log(from), last = -std::log(to);
  if (rho == 1) return uniform_lambda(schedule, n, first, last);
  std::vector<double> times = detail::mapped_steps(
      n, 1, 0, first, last, [&](double left) { return last - (last - first) * std::pow(left, rho); });
  for (double& value : times) value = schedule.time(value);
  return levels(schedule, times);
}

/// (σ/α)^(1/ρ) equally spaced. Karras et al., arXiv:2206.00364v2, eq. 5, where n − 1 steps stand for our n and 0 is
/// appended.
Grid karras(const InvertibleSchedule auto& schedule, int n, double from, double to, double rho = 7) {
  detail::check_ratios("karras", from, to);
  require(rho > 0, "karras: rho = ", rho, " must be positive");
  std::vector<double> times = detail::mapped_steps(n, std::pow(from, 1 / rho), std::pow(to, 1 / rho), from, to,
                                                   [rho](double root) { return std::pow(root, rho); });
  for (double& value : times) value = schedule.time(-std::log(value));
  return levels(schedule, times);
}

}  // namespace tweedie
