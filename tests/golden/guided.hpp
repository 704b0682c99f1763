#pragma once
// What the tests of guided-diffusion share. What its networks learn is given in the notes of the files: an output of
// tanh(x) for LEARNED_RANGE, of −3 + ½ sin(x) for LEARNED.

#include "limited.hpp"

namespace tests::guided {

inline tweedie::Discrete chain(const Case& c) {
  const int T = c.args.integer("T");
  tweedie::require(c.args.text("schedule") == "linear", "no rule for schedule ", c.args.text("schedule"));
  return tweedie::Discrete::linear(T, 0.1 / T, 20.0 / T);
}

/// The levels of a respaced chain, the data at the end, compared with the file's list.
inline tweedie::Grid grid(const Case& c) {
  const tweedie::Discrete schedule = chain(c);
  const std::vector<double> visited = tweedie::respaced(c.args.text("timestep_respacing"), schedule.steps());
  std::vector<double> steps;
  for (const double n : c.numbers("use_timesteps")) steps.insert(steps.begin(), n + 1);
  steps.push_back(0);
  compare(c, "use_timesteps", visited, steps);
  return levels(schedule, visited);
}

inline Denoise denoiser(const Case& c) {
  const std::string type = c.args.text("mean_type", "EPSILON");
  tweedie::require(type == "EPSILON" || type == "START_X", "no rule for mean_type ", type);
  const auto kind = type == "EPSILON" ? tweedie::Prediction::eps : tweedie::Prediction::x0;
  return limited(exact_network(kind, c.mixture), c.args.flag("clip_denoised", true) ? clip(1) : Limit{});
}

inline Batch range_output(const Batch& x, double) {
  return x.array().tanh();
}
inline Batch log_variance_output(const Batch& x, double) {
  return 0.5 * x.array().sin() - 3;
}

}  // namespace tests::guided
