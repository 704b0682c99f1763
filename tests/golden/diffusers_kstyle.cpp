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
  const bool flow = c.text("state_space") == "flow";
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
double churned(const Case& c, const Grid& grid, std::size_t i) {
  const tests::Reference args = c.object("step_args");
  const double sigma = grid[i].sigma;
  if (sigma < args.number("s_tmin", 0) || sigma > args.number("s_tmax", 1e300)) return sigma;
  return sigma * (1 + std::min(args.number("s_churn", 0) / double(grid.size() - 1), std::sqrt(2.0) - 1));
}

/// The peer evaluates before the noise enters, and EDM and k-diffusion after it (Churned). A row of its own, then: from
/// x̂ = x + √(σ̂² − σ²) ζ with
///   the ε̂ of x     x_s = x̂ + (σ_s − σ̂) ε̂
///   the F of x     x̂₀ = c_skip(σ̂) x̂ + c_out(σ̂) F,   F = (x̂₀(x) − c_skip(σ) x)/c_out(σ)      (its EDM scheduler)
Table churned(const Case& c, const Grid& grid) {
  Table table;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const double up = churned(c, grid, i), k = (s.sigma - up) / up;
    const double fresh = std::sqrt(up * up - t.sigma * t.sigma) * c.object("step_args").number("s_noise", 1);
    if (c.type == "EulerDiscreteScheduler") {
      table.push_back({t, s, {.x = 1, .eps = {s.sigma - up}, .z = fresh}});
      continue;
    }
    const double data = c.args.number("sigma_data", 0.5);
    const auto skip = [&](double sigma) { return data * data / (sigma * sigma + data * data); };
    const double ratio = up / std::hypot(up, data) / (t.sigma / std::hypot(t.sigma, data));  // of c_out
    const double kept = 1 + k - k * skip(up);
    table.push_back({t, s, {.x = kept + k * ratio * skip(t.sigma), .x0 = {-k * ratio}, .z = kept * fresh}});
  }
  return table;
}

Table table(const Case& c, const Grid& grid) {
  const auto at = at_lambda(EDM{});
  if (c.object("step_args").has("s_churn")) return churned(c, grid);
  if (c.args.flag("stochastic_sampling", false)) return tabulate(Consistency{}, grid);
  if (c.type == "EulerDiscreteScheduler" || c.type == "EDMEulerScheduler" ||
      c.type == "FlowMatchEulerDiscreteScheduler")
    return tabulate(DDIM{}, grid);
  if (c.type == "EulerAncestralDiscreteScheduler") return tabulate(DDIM{1}, grid);
  if (c.type == "HeunDiscreteScheduler") return tabulate(Heun{}, grid);
  if (c.type == "FlowMatchHeunDiscreteScheduler") return tabulate(Heun{Slope::velocity}, grid);
  if (c.type == "KDPM2DiscreteScheduler") return tabulate(Midpoint{.at = at}, grid);
  if (c.type == "KDPM2AncestralDiscreteScheduler")
    return tabulate(Ancestral<Midpoint>{.method = {.at = at}, .at = at}, grid);
  if (c.type == "DPMSolverSDEScheduler") return tabulate(DPMSolverSDE{.at = at}, grid);
  if (c.type == "LMSDiscreteScheduler") return tabulate(LMS{.order = c.object("step_args").integer("order", 4)}, grid);
  require(c.type == "EDMDPMSolverMultistepScheduler", "no rule for ", c.type);
  return tabulate(
      DPMSolver{.order = c.args.integer("solver_order", 2),
                .noise = c.args.text("algorithm_type", "dpmsolver++").starts_with("sde") ? 1.0 : 0.0,
                .moments = c.args.text("solver_type", "midpoint") == "midpoint" ? Moments::published : Moments::exact},
      grid);
}

void check(const Case& c) {
  const Table rows = table(c, grid_of(c));
  const auto denoise =
      tests::limited(tests::exact_network(Prediction::x0, c.mixture),
                     c.args.flag("clip_sample", false) ? tests::diffusers::limit(c.args) : tests::Limit{});
  const tests::RecordedNoise recorded(c);
  tests::NoiseOfPath path(c, rows);
  std::int64_t draws = 0;
  tests::Trajectory run{{c.states("x").front()}};
  sample(
      denoise, rows, Batch(run.x.front()),
      [&](Batch& z, std::int64_t row, std::int64_t) {
        if (c.type == "DPMSolverSDEScheduler")
          path(z, row);
        else
          recorded(z, draws++, 0);
      },
      [&](const auto&... seen) { run(seen...); });
  compare(c, "x", run.x, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: diffusers, Euler, Heun, DPM2 and LMS", "[golden]") {
  tests::check_family("diffusers_kstyle", {}, check);
}

TEST_CASE("Golden: diffusers, EDM and flow matching", "[golden]") {
  tests::check_family("diffusers_edm_flow", {}, check);
}
