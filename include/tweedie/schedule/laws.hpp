#pragma once
// What every schedule must keep, for whoever writes one. A law returns what is broken, one sentence each, and nothing
// where it holds, so that any test framework can ask it: CHECK(laws::schedule(mine, 0, 1) == laws::Broken{}).

#include <algorithm>
#include <string>

#include "schedule.hpp"

namespace tweedie::laws {

/// What is broken, one sentence each.
using Broken = std::vector<std::string>;

/// time(λ) and the level of that time give λ back, to rounding of λ and of the time: λ lies between those of the times
/// next to it among the doubles. `from` is the clean end.
template <InvertibleSchedule S>
Broken inverse(const S& schedule, double from, double to, double asked) {
  const double t = schedule.time(asked), rounding = 4e-15 * (1 + std::abs(asked));
  const double above = lambda(schedule(std::max(from, std::nextafter(t, from)))),
               below = lambda(schedule(std::min(to, std::nextafter(t, to))));
  if (above >= asked - rounding && below <= asked + rounding) return {};
  return {sentence("lambda ", asked, ": its time is ", t, ", where lambda is ", lambda(schedule(t)))};
}

/// Between the times from and to, `from` the clean end: the level knows its time, its rates are the differences of α and
/// σ (to a millionth, and where they are known), and λ falls. With an inverse, it inverts, over the whole range of λ or
/// from −40 to 40. At 39 times, and 0.37 apart in λ.
template <Schedule S>
Broken schedule(const S& schedule, double from, double to) {
  require(from < to, "laws::schedule: times from ", from, " to ", to, ", but the first is the clean end, the smaller");
  Broken broken;
  double before = std::numeric_limits<double>::infinity();
  for (int i = 1; i < 40; ++i) {
    const double t = from + (to - from) * i / 40, h = 1e-5 * (to - from);
    const Level level = schedule(t), ahead = schedule(t + h), behind = schedule(t - h);
    if (level.time != t) broken.push_back(sentence("at time ", t, ": the level says ", level.time));
    // The error of a central difference is h²/6 of the third derivative, 1e−10 of its size here, and rounding 1e−11.
    const auto rate = [&](const char* name, double stated, double difference) {
      if (!std::isnan(stated) && !(std::abs(difference - stated) <= 1e-6 * (std::abs(stated) + 1 / (to - from))))
        broken.push_back(sentence("at time ", t, ": ", name, " is ", stated, ", but a difference gives ", difference));
    };
    rate("d_alpha", level.d_alpha, (ahead.alpha - behind.alpha) / (2 * h));
    rate("d_sigma", level.d_sigma, (ahead.sigma - behind.sigma) / (2 * h));
    const double now = lambda(level);
    if (!(now < before)) broken.push_back(sentence("at time ", t, ": lambda does not fall, it is ", now));
    before = now;
    if constexpr (InvertibleSchedule<S>) {
      // λ is rounded to 1e−16 (1 + |λ|), the time by that over t |dλ/dt|.
      const double back = schedule.time(now), slope = std::abs(t * (lambda(ahead) - lambda(behind)) / (2 * h));
      if (!(std::abs(back - t) <= 4e-15 * (1 + (1 + std::abs(now)) / slope) * std::abs(t)))
        broken.push_back(sentence("at time ", t, ": the time of its lambda, ", now, ", is ", back));
    }
  }
  if constexpr (InvertibleSchedule<S>) {
    const double end = std::max(lambda(schedule(to)), -40.0);
    for (int i = 0; i * 0.37 <= 40 - end; ++i)
      for (const std::string& sentence : inverse(schedule, from, to, end + i * 0.37)) broken.push_back(sentence);
  }
  return broken;
}

}  // namespace tweedie::laws
