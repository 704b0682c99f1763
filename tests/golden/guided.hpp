#pragma once
// What the tests of guided-diffusion share. What its networks learn is given in the notes of the files: an output of
// tanh(x) for LEARNED_RANGE, of −3 + ½ sin(x) for LEARNED.

#include "limited.hpp"

namespace tests::guided {

/// get_named_beta_schedule, or a list of its own.
inline tweedie::Discrete chain(const Reference& args) {
  using tweedie::Discrete;
  if (args.has("betas")) return Discrete::from_betas(args.numbers("betas"));
  const int T = args.integer("T");
  return args.choice("schedule", {"linear", "cosine"}) == "linear" ? Discrete::linear(T, 0.1 / T, 20.0 / T)
                                                                   : Discrete::cosine(T);
}

/// The levels of a respaced chain, the data at the end, compared with the file's list; of a plain chain all.
inline tweedie::Grid grid(const Case& c) {
  const tweedie::Discrete schedule = chain(c.args);
  c.args.settled({"rescale_timesteps"});  // the exact model is told the level
  std::vector<double> visited =
      tweedie::respaced(c.args.text("timestep_respacing", std::to_string(schedule.steps())), schedule.steps());
  if (c.has("use_timesteps")) {
    std::vector<double> steps;
    for (const double n : c.numbers("use_timesteps")) steps.insert(steps.begin(), n + 1);
    steps.push_back(0);
    compare(c, "use_timesteps", visited, steps);
  }
  return levels(schedule, visited);
}

inline std::string mean_type(const Case& c) {
  return c.args.choice("mean_type", "EPSILON", {"EPSILON", "START_X", "PREVIOUS_X"});
}
inline std::string var_type(const Case& c) {
  return c.args.choice("var_type", {"FIXED_SMALL", "FIXED_LARGE", "LEARNED", "LEARNED_RANGE"});
}

/// Of a network that predicts the mean of x_s, PREVIOUS_X, the exact x̂₀ gives the exact mean.
inline Denoise denoiser(const Case& c) {
  const std::string type = mean_type(c);
  const bool clips = c.args.flag("clip_denoised", true);
  tweedie::require(type != "PREVIOUS_X" || !clips, "no rule for mean_type = PREVIOUS_X with clip_denoised = true");
  const auto kind = type == "EPSILON" ? tweedie::Prediction::eps : tweedie::Prediction::x0;
  return limited(exact_network(kind, c.mixture), clips ? clip(1) : Limit{});
}

inline Batch range_output(const Batch& x, double) {
  return x.array().tanh();
}
inline Batch log_variance_output(const Batch& x, double) {
  return 0.5 * x.array().sin() - 3;
}

}  // namespace tests::guided
