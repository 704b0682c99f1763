// diffusers' schedulers on x = x₀ + σ ε, and on flows, x = (1 − σ) x₀ + σ ε. What a network of theirs predicts is
// turned into x̂₀, which for an exact model is one and the same, at the level of the state.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// Of the list sigmas, where two-stage schedulers repeat each level.
Grid grid_of(const Case& c) {
  const bool stages = c.type.find("Heun") != std::string::npos || c.type.find("KDPM2") != std::string::npos ||
                      c.type == "DPMSolverSDEScheduler";
  const bool flow = c.choice("state_space", {"ve", "flow"}) == "flow";
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) {
    if (stages && !grid.empty() && sigma == grid.back().sigma) continue;
    grid.push_back(flow ? RectifiedFlow{}(sigma) : sigma == 0 ? clean : EDM{}(sigma));
  }
  // The peer takes a step for each timestep; its log-linear list has a level more.
  if (!stages) grid.resize(c.numbers("timesteps").size() + 1);
  return grid;
}

/// Where noise enters before a step, and how much, σ̂ above σ.
struct Churn {
  double churn, least, most, noise;
  explicit Churn(const tests::Reference& args)
      : churn(args.number("s_churn", 0)),
        least(args.number("s_tmin", 0)),
        most(args.number("s_tmax", 1e300)),
        noise(args.number("s_noise", 1)) {}

  double up(double sigma, std::size_t steps) const {
    return sigma < least || sigma > most ? sigma : sigma * (1 + std::min(churn / double(steps), std::sqrt(2.0) - 1));
  }
};

/// The peer evaluates before the noise enters, and EDM and k-diffusion after it (Churned). A row of its own, then: from
/// x̂ = x + √(σ̂² − σ²) ζ and k = (σ_s − σ̂)/σ̂
///   x_s = (1 + k) x̂ − k x̂₀,   x̂₀ of x̂ from what the network predicts of x:
///     ε    x̂ − σ̂ ε̂(x)
///     x₀   x̂₀(x)
///     v    x̂₀(x) + (x̂ − x)/(1 + σ²)
///     F    c_skip(σ̂) x̂ + c_out(σ̂) F,   F = (x̂₀(x) − c_skip(σ) x)/c_out(σ)      (its EDM scheduler)
Table churned(const Case& c, const Grid& grid, const Churn& churn) {
  const bool edm = c.type == "EDMEulerScheduler";
  const double data = c.args.number("sigma_data", 0.5);
  const Prediction kind = edm ? Prediction::x0 : tests::diffusers::prediction(c);
  Table table;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const double up = churn.up(t.sigma, grid.size() - 1), k = (s.sigma - up) / up;
    const double fresh = std::sqrt(up * up - t.sigma * t.sigma) * churn.noise;
    if (kind == Prediction::eps) {
      table.push_back({t, s, {.x = 1, .eps = {s.sigma - up}, .z = fresh}});
    } else if (!edm) {
      const double share = kind == Prediction::v ? 1 / (1 + t.sigma * t.sigma) : 0;
      table.push_back({t, s, {.x = 1 + k, .x0 = {-k}, .z = (1 + k - k * share) * fresh}});
    } else {
      const auto skip = [&](double sigma) { return data * data / (sigma * sigma + data * data); };
      const double ratio = up / std::hypot(up, data) / (t.sigma / std::hypot(t.sigma, data));  // of c_out
      const double kept = 1 + k - k * skip(up);
      table.push_back({t, s, {.x = kept + k * ratio * skip(t.sigma), .x0 = {-k * ratio}, .z = kept * fresh}});
    }
  }
  return table;
}

Table table(const Case& c, const Grid& grid) {
  const auto at = at_lambda(EDM{});
  const tests::Reference step = c.object("step_args");
  if (c.type == "EulerDiscreteScheduler" || c.type == "EDMEulerScheduler") {
    const Churn churn(step);
    return churn.churn > 0 ? churned(c, grid, churn) : tabulate(DDIM{}, grid);
  }
  if (c.type == "FlowMatchEulerDiscreteScheduler") {
    c.args.never("invert_sigmas");
    return c.args.flag("stochastic_sampling", false) ? tabulate(Consistency{}, grid) : tabulate(DDIM{}, grid);
  }
  if (c.type == "EulerAncestralDiscreteScheduler") return tabulate(DDIM{1}, grid);
  if (c.type == "HeunDiscreteScheduler") return tabulate(Heun{}, grid);
  if (c.type == "FlowMatchHeunDiscreteScheduler") {
    step.only("s_churn", 0);
    return tabulate(Heun{Slope::velocity}, grid);
  }
  if (c.type == "KDPM2DiscreteScheduler") return tabulate(Midpoint{.at = at}, grid);
  if (c.type == "KDPM2AncestralDiscreteScheduler")
    return tabulate(Ancestral<Midpoint>{.method = {.at = at}, .at = at}, grid);
  if (c.type == "DPMSolverSDEScheduler") {
    c.args.settled({"noise_sampler_seed"});  // the noise is recorded
    Table rows = tabulate(DPMSolverSDE{.at = at}, grid);
    for (Step& row : rows) row.row.z *= step.number("s_noise", 1);
    return rows;
  }
  if (c.type == "LMSDiscreteScheduler") return tabulate(LMS{.order = step.integer("order", 4)}, grid);
  require(c.type == "EDMDPMSolverMultistepScheduler", "no rule for ", c.type);
  return tests::diffusers::dpm_solver(c, grid);
}

/// An exact model's x̂₀, whatever the network predicts.
tests::Denoise model(const Case& c) {
  const bool edm = c.type.starts_with("EDM"), flow = c.type.starts_with("FlowMatch");
  if (edm || flow) {
    c.only("model_output", edm ? "edm_F" : "flow");
    c.args.choice("prediction_type", "epsilon", {"epsilon", "v_prediction"});
    c.args.settled({"sigma_data"});  // F is told by it, and undone by it
  } else {
    tests::diffusers::prediction(c);
  }
  return tests::limited(tests::exact_network(Prediction::x0, c.mixture), tests::diffusers::limit(c.args, false));
}

void check(const Case& c) {
  tests::diffusers::levels_are_recorded(c);
  const Table rows = table(c, grid_of(c));
  const tests::RecordedNoise noise =
      c.type == "DPMSolverSDEScheduler" ? tests::recorded_along_path(c, rows) : tests::recorded_in_order(c);
  compare(c, "x", tests::states(model(c), rows, c.states("x").front(), noise), c.states("x"));
}

}  // namespace

TEST_CASE("Golden: diffusers, Euler, Heun, DPM2 and LMS", "[golden]") {
  tests::check_family("diffusers_kstyle", {{tests::raises, "the peer throws"}}, check);
}

TEST_CASE("Golden: diffusers, EDM and flow matching", "[golden]") {
  tests::check_family("diffusers_edm_flow",
                      {{tests::diffusers::wrong_sign, "the peer has the sign of the second difference wrong"},
                       {tests::raises, "the peer throws"}},
                      check);
}
