#pragma once
// The arguments of diffusers' schedulers in our terms. What a case does not name has the peer's default.

#include "limited.hpp"

namespace tests::diffusers {

/// The training chain. A published timestep k, counted from 0, is our n = k + 1.
inline tweedie::Discrete chain(const Reference& args, double start = 1e-4, double end = 0.02) {
  using tweedie::Discrete;
  const int T = args.integer("num_train_timesteps", 1000);
  const double beta_start = args.number("beta_start", start), beta_end = args.number("beta_end", end);
  const auto named = [&](const std::string& name) {
    if (args.has("trained_betas")) return Discrete::from_betas(args.numbers("trained_betas"));
    if (name == "linear") return Discrete::linear(T, beta_start, beta_end);
    if (name == "scaled_linear") return Discrete::scaled_linear(T, beta_start, beta_end);
    if (name == "squaredcos_cap_v2") return Discrete::cosine(T);
    if (name == "sigmoid") return Discrete::sigmoid(T, beta_start, beta_end);
    if (name == "laplace") return Discrete::laplace(T);
    if (name == "exp") return Discrete::exponential(T);
    throw std::invalid_argument("no rule for beta_schedule " + name);
  };
  const Discrete plain = named(args.text("beta_schedule", "linear"));
  return args.flag("rescale_betas_zero_snr", false) ? Discrete::zero_terminal_snr(plain) : plain;
}

/// The times of a spacing with 0, the data, at the end. Only "leading" heeds steps_offset.
inline std::vector<double> times(const std::string& spacing, int n, int T, int offset) {
  if (spacing == "leading") return tweedie::leading(n, T, offset);
  if (spacing == "linspace") return tweedie::linspace(n, T);
  if (spacing == "trailing") return tweedie::trailing(n, T);
  throw std::invalid_argument("no rule for timestep_spacing " + spacing);
}

/// The peer's timesteps k = n − 1 of our times, the data at the end left out.
inline std::vector<double> timesteps(const std::vector<double>& times) {
  std::vector<double> list;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) list.push_back(times[i] - 1);
  return list;
}

inline tweedie::Prediction prediction(const Case& c) {
  using tweedie::Prediction;
  const std::string name = c.args.text("prediction_type", "epsilon");
  const std::string output = c.text("model_output", name);  // "eps+frac": and a fraction, of which a variance is made
  tweedie::require(output == name || (output == "eps+frac" && name == "epsilon"), "no rule for a model that outputs ",
                   output);
  if (name == "epsilon") return Prediction::eps;
  if (name == "sample") return Prediction::x0;
  if (name == "v_prediction") return Prediction::v;
  throw std::invalid_argument("no rule for prediction_type " + name);
}

/// How x̂₀ is limited; empty where it is not. Clipping is on by default, and thresholding takes its place.
inline Limit limit(const Reference& args) {
  if (args.flag("thresholding", false))
    return threshold(args.number("dynamic_thresholding_ratio", 0.995), args.number("sample_max_value", 1));
  if (args.flag("clip_sample", true)) return clip(args.number("clip_sample_range", 1));
  return {};
}

}  // namespace tests::diffusers
