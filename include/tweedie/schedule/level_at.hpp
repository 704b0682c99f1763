#pragma once
// The levels between those of a grid, for what estimates there. A sampler holds them as `at`, a function of λ = ln(α/σ)
// or one of time. These are two types, and each looks at what the function gives, so that one of the other kind is
// refused where it is asked.

#include <functional>
#include <utility>

#include "schedule.hpp"

namespace tweedie {

class LevelOfTime;

/// λ ↦ Level: at_lambda(schedule), an invertible schedule itself, which means the same, or any function of λ, to a
/// thousandth.
class LevelOfLambda {
 public:
  LevelOfLambda() = default;
  template <class F>
  requires(!std::same_as<F, LevelOfLambda> && Schedule<F>) LevelOfLambda(F at) {
    static_assert(!std::same_as<F, LevelOfTime>,
                  "tweedie: the level of each lambda is wanted here, at_lambda(schedule), and not that of each time");
    if constexpr (InvertibleSchedule<F>)
      at_ = [at](double lambda) -> Level { return at(at.time(lambda)); };
    else
      at_ = std::move(at);
  }

  explicit operator bool() const { return bool(at_); }

  Level operator()(double wanted) const {
    require(bool(at_), "the level of lambda = ", wanted,
            " is asked for, but no function gives it: .at = at_lambda(schedule)");
    const Level level = [&] {
      try {
        return at_(wanted);
      } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(sentence("the level of lambda = ", wanted,
                                             " is asked for, which .at does not have (", error.what(),
                                             "); give it at_lambda of the schedule of the grid"));
      }
    }();
    const double found = lambda(level);
    require(found == wanted || std::fabs(found - wanted) <= 1e-3, "the level of lambda = ", wanted,
            " is asked for, but .at gives that of lambda = ", found, " (time ", level.time,
            "); is it a function of time, or of another lambda? Give it at_lambda(schedule)");
    return level;
  }

 private:
  std::function<Level(double)> at_;
};

/// time ↦ Level: the schedule, or at_time(schedule).
class LevelOfTime {
 public:
  LevelOfTime() = default;
  template <class F>
  requires(!std::same_as<F, LevelOfTime> && Schedule<F>) LevelOfTime(F at) : at_(std::move(at)) {
    static_assert(!std::same_as<F, LevelOfLambda>,
                  "tweedie: the level of each time is wanted here, the schedule itself, and not at_lambda(schedule)");
  }

  explicit operator bool() const { return bool(at_); }

  Level operator()(double time) const {
    require(bool(at_), "the level of time ", time, " is asked for, but no function gives it: .at = schedule");
    const Level level = at_(time);
    require(std::fabs(level.time - time) <= 1e-9 * std::fabs(time), "the level of time ", time,
            " is asked for, but .at gives that of time ", level.time,
            "; is it a function of lambda, or of another time? Give it the schedule");
    return level;
  }

 private:
  std::function<Level(double)> at_;
};

/// For a stage in either: a schedule gives both, at_lambda(schedule) and at_time(schedule) one. What any other function
/// is of shows where it is asked.
struct LevelOfStage {
  LevelOfLambda of_lambda{};
  LevelOfTime of_time{};

  LevelOfStage() = default;
  template <class F>
  requires(!std::same_as<F, LevelOfStage> && Schedule<F>) LevelOfStage(F at) {
    if constexpr (!std::same_as<F, LevelOfTime>) of_lambda = at;
    if constexpr (!std::same_as<F, LevelOfLambda>) of_time = at;
  }
};

/// The schedule as a function of λ = ln(α/σ): what samplers with stages between the levels of a grid are given.
LevelOfLambda at_lambda(InvertibleSchedule auto schedule) {
  return schedule;
}
/// The schedule as a function of time.
LevelOfTime at_time(Schedule auto schedule) {
  return schedule;
}

}  // namespace tweedie
