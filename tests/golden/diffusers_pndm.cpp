// diffusers' remaining chains: PNDM and iPNDM, SA-Solver, consistency sampling, Song's predictor-corrector.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// The levels at which the peer evaluated, and where it ended. Repeated levels are given once.
Grid grid_of(const Case& c, const Level& end) {
  const std::vector<double> alphas = c.object("evals").numbers("alpha"), sigmas = c.object("evals").numbers("sigma");
  Grid grid;
  for (std::size_t i = 0; i < alphas.size(); ++i) {
    const Level level{.alpha = alphas[i], .sigma = sigmas[i]};
    if (grid.empty() || grid.back().alpha != level.alpha) grid.push_back(level);
  }
  grid.push_back(end);
  return grid;
}

Level of_alpha_bar(double alpha_bar) {
  return {.alpha = std::sqrt(alpha_bar), .sigma = std::sqrt(1 - alpha_bar)};
}

/// Levels of the case's timesteps, which are their times, for samplers that look at the peer's count.
Grid counted(const Case& c, double end) {
  const Discrete chain = tests::diffusers::chain(c.args);
  Grid grid;
  for (const double k : c.numbers("timesteps")) {
    grid.push_back(chain(k + 1));
    grid.back().time = k;
  }
  grid.push_back(end < 0 ? clean : chain(end + 1));
  grid.back().time = end;
  return grid;
}

Table table(const Case& c) {
  if (c.type == "PNDMScheduler") return tabulate(PNDM{}, grid_of(c, of_alpha_bar(c.number("final_alpha_cumprod"))));
  if (c.type == "IPNDMScheduler") {
    Table rows = tabulate(IPNDM{}, grid_of(c, clean));
    rows.front().row.x0[0] = 0;  // the peer divides by max(α, 1e-8): at α = 0 its x̂₀ is 0
    return rows;
  }
  if (c.type == "TCDScheduler") {
    const Discrete chain = tests::diffusers::chain(c.args);
    const auto at = [&](double k) { return chain(std::floor(k) + 1); };
    return tabulate(TCD{c.object("step_args").number("eta"), at}, counted(c, 0));  // it ends at its first level
  }
  if (c.type == "LCMScheduler")
    return tabulate(Consistency{.boundary = latent_boundary(c.args.number("timestep_scaling", 10))}, counted(c, -1));
  require(c.type == "SASolverScheduler", "no rule for ", c.type);
  Grid grid;
  const std::vector<double> sigmas = c.numbers("sigmas"), timesteps = c.numbers("timesteps");
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const double size = std::sqrt(1 + sigmas[i] * sigmas[i]);
    grid.push_back({.time = i < timesteps.size() ? timesteps[i] : -1, .alpha = 1 / size, .sigma = sigmas[i] / size});
  }
  return tabulate(
      SASolver{.predictor = c.args.integer("predictor_order", 2),
               .corrector = c.args.integer("corrector_order", 2),
               .prediction = c.args.text("algorithm_type", "data_prediction") == "data_prediction" ? Prediction::x0
                                                                                                   : Prediction::eps,
               .noise = [](const Level& t) { return t.time >= 200 && t.time <= 800 ? 1.0 : 0.0; }},
      grid);
}

void check(const Case& c) {
  const Table rows = table(c);
  const Prediction kind = c.type == "IPNDMScheduler" ? Prediction::v : tests::diffusers::prediction(c);
  compare_levels(c, rows);
  compare(c, "x", trajectory(c, tests::exact_network(kind, c.mixture), rows), c.states("x"));
}

/// f = c_skip x + c_out x̂₀, clipped, is what the peer's steps read.
void check_consistency(const Case& c) {
  const auto boundary = consistency_boundary();
  const auto f = [&](const Batch& x, const Level& t) -> Batch {
    const auto [skip, out] = boundary(t);
    return (skip * x + out * c.mixture(x, t)).cwiseMax(-1).cwiseMin(1);
  };
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) grid.push_back({.alpha = 1, .sigma = sigma});
  const Table rows = tabulate(Consistency{.floor = 0.002}, grid);
  compare_levels(c, rows);
  compare(c, "x", trajectory(c, f, rows), c.states("x"));
}

/// Langevin by the norms of the batch, then reverse diffusion between the levels of a list that is not quite that of
/// the evaluations.
void check_song(const Case& c) {
  const std::vector<double> sigmas = c.numbers("sigmas"), list = c.numbers("discrete_sigmas");
  const Langevin corrector{c.args.number("snr"), Coupling::batch};
  const auto denoise = tests::exact_network(Prediction::score, c.mixture);
  const tests::RecordedNoise recorded(c);
  std::int64_t draws = 0;
  const auto noise = [&](Batch& z) { recorded(z, draws++, 0); };
  std::vector<Batch> states{c.states("x").front()};
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const Level level{.alpha = 1, .sigma = sigmas[i]};
    states.push_back(corrector.correct(denoise, states.back(), level, noise));
    const std::size_t k = sigmas.size() - 1 - i;
    const double below = k == 0 ? 0 : list[k - 1];
    const Row row = ReverseDiffusion{}.of(level, {1, list[k] * list[k] - below * below});
    states.push_back(sample(denoise, Table{{level, {.alpha = 1, .sigma = below}, row}}, states.back(), noise));
  }
  compare(c, "x", states, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: diffusers, PNDM, SA-Solver, TCD and LCM", "[golden]") {
  tests::check_family(
      "diffusers_deis_pndm_misc",
      {{tests::of_type({"DEISMultistepScheduler"}), "compared in diffusers_multistep.cpp"},
       {[](const Case& c) { return c.type == "PNDMScheduler" && !c.args.flag("skip_prk_steps", false); },
        "a Runge-Kutta start is a run: compared in adaptive_dpm_solver.cpp"}},
      check);
}

TEST_CASE("Golden: diffusers, consistency sampling and Song's VE", "[golden]") {
  tests::check_family("diffusers_extra", {{tests::of_type({"RePaintScheduler"}), "inpainting: inverse_problems.cpp"}},
                      [](const Case& c) { c.type == "ScoreSdeVeScheduler" ? check_song(c) : check_consistency(c); });
}
