#pragma once
// A schedule is a function of time, t ↦ Level. One that also has `time(lambda)`, its inverse, can be asked for a noise
// level.

#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

#include "level.hpp"

namespace tweedie {

template <class S>
concept Schedule = requires(const S& schedule, double t) {
  { schedule(t) } -> std::same_as<Level>;
};

/// A schedule with its inverse: schedule(schedule.time(lambda)) is the level of that λ, to rounding of λ and of the
/// time. What is noisier than the schedule's end is refused by it.
template <class S>
concept InvertibleSchedule = Schedule<S> && requires(const S& schedule, double lambda) {
  { schedule.time(lambda) } -> std::convertible_to<double>;
};

/// Levels in the order in which they are visited: front() is the noisiest (the cleanest, when walked upward).
using Grid = std::vector<Level>;

/// Refuses a grid of fewer than two levels, with a level that is none, or whose noise does not go one way all along.
/// A level may stand twice in a row, rounding apart (same_lambda): a step of length zero.
inline void check_grid(const Grid& grid) {
  require(grid.size() >= 2, "grid: it has ", grid.size(), " levels, but a step needs two");
  const bool downward = lambda(grid.front()) < lambda(grid.back());
  for (std::size_t i = 1; i < grid.size(); ++i) {
    const double before = lambda(grid[i - 1]), now = lambda(grid[i]);
    require((downward ? before <= now : before >= now) || same_lambda(grid[i - 1], grid[i]),
            "grid: noise must go one way, but lambda goes from ", before, " to ", now, " between levels ", i - 1,
            " and ", i, " of a grid from ", lambda(grid.front()), " to ", lambda(grid.back()));
  }
}

/// The grid without the levels that are the one before them, rounding apart.
inline Grid merged(const Grid& grid) {
  Grid once;
  for (const Level& level : grid)
    if (once.empty() || !same_level(once.back(), level)) once.push_back(level);
  return once;
}

/// The levels of a schedule at `times`, checked. Throws std::invalid_argument for a time outside the schedule or a grid
/// that check_grid refuses.
Grid levels(const Schedule auto& schedule, std::span<const double> times) {
  Grid grid;
  grid.reserve(times.size());
  for (const double t : times) grid.push_back(schedule(t));
  check_grid(grid);
  return grid;
}
Grid levels(const Schedule auto& schedule, std::initializer_list<double> times) {
  return levels(schedule, std::span<const double>(times.begin(), times.size()));
}

/// The arguments the other way round, to say so.
template <class Times, Schedule S>
Grid levels(const Times&, const S&) {
  static_assert(sizeof(S) == 0, "tweedie: the schedule comes first: levels(schedule, times)");
  return {};
}

/// Refuses a time outside [0, 1], rounding apart.
inline void check_unit_time(double t, const char* schedule) {
  require(t >= 0 && t <= 1 + 1e-12, schedule, ": time ", t, " is outside [0, 1], by ", t < 0 ? -t : t - 1);
}

/// A time that the inverse of a schedule found, held to its last time where rounding led beyond it. Refuses a λ that is
/// noisier than the end.
double held_to_end(double t, double lambda_asked, const Schedule auto& schedule, double last, const char* name) {
  if (t <= last * (1 + 1e-12)) return std::fmin(t, last);
  require(!std::isnan(lambda_asked), name, ": lambda is not a number");
  const Level end = schedule(last);
  throw std::invalid_argument(sentence(name, ": lambda = ", lambda_asked, " (sigma/alpha = ", std::exp(-lambda_asked),
                                       ") is noisier than the end of the schedule, lambda = ", lambda(end),
                                       " (sigma/alpha = ", end.sigma / end.alpha, ") at time ", last));
}

/// ln(1 + e^(−2λ)) = −2 ln α of a level with α² + σ² = 1, without overflow at either end.
inline double variance_preserving_integral(double lambda) {
  return lambda >= 0 ? std::log1p(std::exp(-2 * lambda)) : -2 * lambda + std::log1p(std::exp(2 * lambda));
}

}  // namespace tweedie
