#pragma once
// What the tests of azula share.

#include "trajectory.hpp"

namespace tests {

/// The levels of the evaluations, once each, with the time of the case, and the end. On the rectified schedule dα/dt
/// and dσ/dt are known.
inline tweedie::Grid azula_grid(const Case& c) {
  const Reference evals = c.object("evals");
  const std::vector<double> times = evals.numbers("t"), alphas = evals.numbers("alpha"),
                            sigmas = evals.numbers("sigma");
  const bool rectified = c.args.text("schedule") == "rectified";
  const double slope = 1 - 1e-3;
  tweedie::Grid grid;
  const auto add = [&](double t, double alpha, double sigma) {
    if (!grid.empty() && grid.back().time == t) return;
    tweedie::Level level{t, alpha, sigma};
    if (rectified) level.d_alpha = -slope, level.d_sigma = slope;
    grid.push_back(level);
  };
  for (std::size_t i = 0; i < times.size(); ++i) add(times[i], alphas[i], sigmas[i]);
  add(0, 1, 1e-3);
  return grid;
}

}  // namespace tests
