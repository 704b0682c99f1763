#pragma once
// The arguments of diffusers' schedulers in our terms. What a case does not name has the peer's default.

#include "limited.hpp"

namespace tests::diffusers {

/// The training chain. A published timestep k, counted from 0, is our n = k + 1.
inline tweedie::Discrete chain(const Reference& args, double start = 1e-4, double end = 0.02) {
  using tweedie::Discrete;
  const int T = args.integer("num_train_timesteps", 1000);
  const double beta_start = args.number("beta_start", start), beta_end = args.number("beta_end", end);
  const std::string name = args.choice("beta_schedule", "linear",
                                       {"linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace", "exp"});
  const Discrete plain = args.has("trained_betas")     ? Discrete::from_betas(args.numbers("trained_betas"))
                         : name == "linear"            ? Discrete::linear(T, beta_start, beta_end)
                         : name == "scaled_linear"     ? Discrete::scaled_linear(T, beta_start, beta_end)
                         : name == "squaredcos_cap_v2" ? Discrete::cosine(T)
                         : name == "sigmoid"           ? Discrete::sigmoid(T, beta_start, beta_end)
                         : name == "laplace"           ? Discrete::laplace(T)
                                                       : Discrete::exponential(T);
  return args.flag("rescale_betas_zero_snr", false) ? Discrete::zero_terminal_snr(plain) : plain;
}

/// The arguments that act through the levels of a case, which are read in their place.
inline void levels_are_recorded(const Case& c) {
  c.args.settled({"num_train_timesteps",
                  "beta_start",
                  "beta_end",
                  "beta_schedule",
                  "trained_betas",
                  "rescale_betas_zero_snr",
                  "timestep_spacing",
                  "timestep_type",
                  "steps_offset",
                  "set_alpha_to_one",
                  "final_sigmas_type",
                  "interpolation_type",
                  "use_karras_sigmas",
                  "use_exponential_sigmas",
                  "use_beta_sigmas",
                  "use_lu_lambdas",
                  "use_flow_sigmas",
                  "lambda_min_clipped",
                  "sigma_min",
                  "sigma_max",
                  "sigma_schedule",
                  "rho",
                  "flow_shift",
                  "shift",
                  "use_dynamic_shifting",
                  "base_shift",
                  "max_shift",
                  "base_image_seq_len",
                  "max_image_seq_len",
                  "time_shift_type",
                  "shift_terminal",
                  "original_inference_steps"});
  c.object("set_timesteps")
      .settled(
          {"num_inference_steps", "timesteps", "sigmas", "mu", "original_inference_steps", "strength", "sampling_eps"});
}

/// The times of a spacing with 0, the data, at the end. Only "leading" heeds steps_offset.
inline std::vector<double> times(const std::string& spacing, int n, int T, int offset) {
  if (spacing == "leading") return tweedie::leading(n, T, offset);
  if (spacing == "linspace") return tweedie::linspace(n, T);
  tweedie::require(spacing == "trailing", "no rule for timestep_spacing = \"", spacing, "\"");
  return tweedie::trailing(n, T);
}
/// Of the chain that a case names, with its spacing or its own list of timesteps.
inline std::vector<double> times(const Case& c, const std::string& spacing) {
  const Reference set = c.object("set_timesteps");
  const std::string name = c.args.text("timestep_spacing", spacing);
  const int T = c.args.has("trained_betas") ? int(c.args.numbers("trained_betas").size())
                                            : c.args.integer("num_train_timesteps", 1000);
  const int offset = c.args.integer("steps_offset", 0);
  if (!set.has("timesteps")) return times(name, set.integer("num_inference_steps"), T, offset);
  std::vector<double> list = set.numbers("timesteps");
  for (double& n : list) n += 1;
  list.push_back(0);
  return list;
}

/// The peer's timesteps k = n − 1 of our times, the data at the end left out.
inline std::vector<double> timesteps(const std::vector<double>& times) {
  std::vector<double> list;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) list.push_back(times[i] - 1);
  return list;
}

/// What the network predicts. "…+frac": and a fraction, of which a variance is made.
inline tweedie::Prediction prediction(const Case& c, const std::string& fallback = "epsilon") {
  using tweedie::Prediction;
  const std::string name = c.args.choice("prediction_type", fallback,
                                         {"epsilon", "sample", "original_sample", "v_prediction", "flow_prediction"});
  // A velocity of the peer's flows is ε − x₀, told at levels that carry no rates: the x̂₀ of an exact model is the same.
  if (name == "flow_prediction") return c.only("model_output", "flow"), Prediction::x0;
  const std::string output = c.text("model_output", name), fraction = "+frac";
  tweedie::require(output == name || output == name + fraction || (output == "eps" + fraction && name == "epsilon"),
                   "no rule for model_output = \"", output, "\" with prediction_type = \"", name, "\"");
  return name == "epsilon" ? Prediction::eps : name == "v_prediction" ? Prediction::v : Prediction::x0;
}

/// How x̂₀ is limited; empty where it is not. Thresholding takes the place of clipping.
inline Limit limit(const Reference& args, bool clips_by_default) {
  const double quantile = args.number("dynamic_thresholding_ratio", 0.995), most = args.number("sample_max_value", 1),
               range = args.number("clip_sample_range", 1);
  const bool clips = args.flag("clip_sample", clips_by_default);
  if (args.flag("thresholding", false)) return threshold(quantile, 1, most);
  return clips ? clip(range) : Limit{};
}

/// The peer lowers its order at the end of runs of fewer than 15 steps.
inline bool lowered(const Case& c, const tweedie::Grid& grid) {
  return c.args.flag("lower_order_final", true) && grid.size() - 1 < 15;
}

/// DPM-Solver of several steps.
inline tweedie::Table dpm_solver(const Case& c, const tweedie::Grid& grid) {
  using namespace tweedie;
  const std::string type =
      c.args.choice("algorithm_type", "dpmsolver++", {"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"});
  const bool midpoint =
      c.args.choice("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"}) != "heun";
  DPMSolver sampler{.order = c.args.integer("solver_order", 2),
                    .prediction = type.ends_with("++") ? Prediction::x0 : Prediction::eps,
                    .noise = type.starts_with("sde") ? 1.0 : 0.0,
                    .lower_order_final = lowered(c, grid)};
  sampler.moments = midpoint             ? Moments::published  // ½φ_1 in rows of two, at any order
                    : sampler.order == 3 ? Moments::half_third
                                         : Moments::exact;
  Table rows = tabulate(sampler, grid);
  if (c.args.flag("euler_at_final", false)) {
    sampler.order = 1;
    rows.back().row = sampler.row(grid, grid.size() - 2);
  }
  return rows;
}
/// The peer's third order with noise has the sign of the second difference wrong.
inline bool wrong_sign(const Case& c) {
  return c.args.integer("solver_order", 2) == 3 && c.args.text("algorithm_type", "").starts_with("sde") &&
         (c.type != "DPMSolverSinglestepScheduler" || c.args.text("solver_type", "midpoint") == "heun");
}

/// Whether a step of PNDM ends where the next begins, and combines ε̂, as ours do.
inline bool pndm_joins(const Case& c) {
  return c.args.text("prediction_type", "epsilon") == "epsilon" &&
         c.args.text("timestep_spacing", "leading") == "leading";
}

}  // namespace tests::diffusers
