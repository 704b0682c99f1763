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

tests::Denoise model(const Case& c) {
  const bool fixed = c.type == "IPNDMScheduler";  // which predicts v and names nothing
  const Prediction kind = tests::diffusers::prediction(c, fixed ? "v_prediction" : "epsilon");
  const tests::Limit limit = tests::diffusers::limit(c.args, false);
  const tests::Denoise exact = tests::exact_network(kind, c.mixture);
  return c.type == "TCDScheduler" ? exact : tests::limited(exact, limit);  // it has the arguments, and limits nothing
}

/// The peer's own walk. It combines what the network outputs, be it ε or v, and turns the sum into ε with the state and
/// the level at which the step begins; and a step leads ⌊T/n⌋ down whatever the spacing, to where the next does not begin
/// unless that is "leading".
std::vector<Batch> published_pndm(const Case& c, Prediction kind) {
  const Discrete chain = tests::diffusers::chain(c.args);
  const int stride = chain.steps() / c.object("set_timesteps").integer("num_inference_steps");
  const auto level = [&](double k) { return k >= 0 ? chain(k + 1) : of_alpha_bar(c.number("final_alpha_cumprod")); };
  const auto transfer = [&](const Batch& x, const Level& t, const Level& s, const Batch& y) -> Batch {
    const Batch eps = kind == Prediction::v ? Batch(t.alpha * y + t.sigma * x) : y, x0 = (x - t.sigma * eps) / t.alpha;
    const Row row = DDIM{}.row(t, s);
    return row.x0[0] * x0 + row.eps[0] * eps;
  };
  const std::vector<double> list = c.numbers("timesteps");
  const std::size_t started = c.args.flag("skip_prk_steps", false) ? 0 : 12;  // calls in three Runge-Kutta steps
  std::vector<Batch> states{c.states("x").front()}, made;
  std::vector<Level> seen;
  Batch base, sum;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double k = list[i];
    seen.push_back(level(k));
    const Batch &x = states.back(), eps = -seen.back().sigma * c.mixture.score(x, seen.back()),
                y = target(kind, c.mixture(x, seen.back()), eps, seen.back());
    if (i < started) {
      if (i % 4 == 0) base = x, made.push_back(y), sum = y / 6;
      if (i % 4 == 1 || i % 4 == 2) sum += y / 3;
      const Batch slope = i % 4 == 3 ? Batch(sum + y / 6) : y;
      states.push_back(transfer(base, level(list[i / 4 * 4]), level(k - (i % 2 == 1 ? 0 : stride / 2)), slope));
    } else if (started == 0 && i == 1) {
      states.push_back(transfer(base, level(k + stride), level(k), (y + made.back()) / 2));
    } else {
      base = x;
      made.push_back(y);
      const std::size_t m = made.size();
      const Batch slope = m == 1   ? y
                          : m == 2 ? Batch((3 * y - made[0]) / 2)
                          : m == 3 ? Batch((23 * y - 16 * made[1] + 5 * made[0]) / 12)
                                   : Batch((55 * y - 59 * made[m - 2] + 37 * made[m - 3] - 9 * made[m - 4]) / 24);
      states.push_back(transfer(base, level(k), level(k - stride), slope));
    }
  }
  compare_levels(c, seen);
  return states;
}

/// PNDM{} where the peer's steps join and its sums are of ε̂; else its own walk.
void check_pndm(const Case& c) {
  const Prediction kind = tests::diffusers::prediction(c);
  if (tests::diffusers::pndm_joins(c)) {
    tests::diffusers::levels_are_recorded(c);
    c.args.settled({"skip_prk_steps"});  // true here
    const Grid grid = grid_of(c, of_alpha_bar(c.number("final_alpha_cumprod")));
    Table rows = tabulate(PNDM{}, grid);
    const Level &t = grid[grid.size() - 2], &end = grid.back();
    if (same_level(t, end)) rows.push_back({t, end, DDIM{}.row(t, end)});  // the peer estimates to stay where it is
    compare_levels(c, rows);
    return compare(c, "x", trajectory(c, model(c), rows), c.states("x"));
  }
  c.args.settled({"timestep_spacing", "steps_offset", "set_alpha_to_one"});
  compare(c, "x", published_pndm(c, kind), c.states("x"));
}

Table sa_solver(const Case& c) {
  const bool in_x0 =
      c.args.choice("algorithm_type", "data_prediction", {"data_prediction", "noise_prediction"}) == "data_prediction";
  c.args.only("predictor_corrector_mode", "PEC");
  Grid grid;
  const std::vector<double> sigmas = c.numbers("sigmas"), timesteps = c.numbers("timesteps");
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const double size = std::sqrt(1 + sigmas[i] * sigmas[i]);
    grid.push_back({.time = i < timesteps.size() ? timesteps[i] : -1, .alpha = 1 / size, .sigma = sigmas[i] / size});
  }
  return tabulate(SASolver{.predictor = c.args.integer("predictor_order", 2),
                           .corrector = c.args.integer("corrector_order", 2),
                           .prediction = in_x0 ? Prediction::x0 : Prediction::eps,
                           .noise = [](const Level& t) { return t.time >= 200 && t.time <= 800 ? 1.0 : 0.0; },
                           .lower_order_final = c.args.flag("lower_order_final", true)},
                  grid);
}

Table table(const Case& c) {
  if (c.type == "IPNDMScheduler") {
    Table rows = tabulate(IPNDM{}, grid_of(c, clean));
    rows.front().row.x0[0] = 0;  // the peer divides by max(α, 1e-8): at α = 0 its x̂₀ is 0
    return rows;
  }
  if (c.type == "TCDScheduler") {
    const Discrete chain = tests::diffusers::chain(c.args);
    const auto at = [chain](double k) {
      Level level = chain(std::floor(k) + 1);
      level.time = k;
      return level;
    };
    return tabulate(TCD{c.object("step_args").number("eta", 0.3), at}, counted(c, 0));  // it ends at its first level
  }
  if (c.type == "LCMScheduler")
    return tabulate(Consistency{.boundary = latent_boundary(c.args.number("timestep_scaling", 10))}, counted(c, -1));
  require(c.type == "SASolverScheduler", "no rule for ", c.type);
  return sa_solver(c);
}

void check(const Case& c) {
  c.only("state_space", "vp");
  if (c.type == "PNDMScheduler") return check_pndm(c);
  tests::diffusers::levels_are_recorded(c);
  const Table rows = table(c);
  compare_levels(c, rows);
  compare(c, "x", trajectory(c, model(c), rows), c.states("x"));
}

/// f = c_skip x + c_out x̂₀, clipped, is what the peer's steps read.
void check_consistency(const Case& c) {
  require(c.type == "CMStochasticIterativeScheduler", "no rule for ", c.type);
  require(c.text("model_output").starts_with("raw network output set to E[x0|x]"), "no rule for model_output = \"",
          c.text("model_output"), "\"");
  c.only("state_space", "ve");
  const double floor = c.args.number("sigma_min", 0.002);
  const auto boundary = consistency_boundary(floor, c.args.number("sigma_data", 0.5));
  const tests::Limit limit = c.args.flag("clip_denoised", true) ? tests::clip(1) : [](const Batch& f) { return f; };
  tests::diffusers::levels_are_recorded(c);
  const tests::Denoise f = [&](const Batch& x, const Level& t) -> Batch {
    const auto [skip, out] = boundary(t);
    return limit(skip * x + out * c.mixture(x, t));
  };
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) grid.push_back({.alpha = 1, .sigma = sigma});
  Table rows = tabulate(Consistency{.floor = floor}, grid);
  for (Step& step : rows) step.row.z *= c.args.number("s_noise", 1);
  compare_levels(c, rows);
  compare(c, "x", trajectory(c, f, rows), c.states("x"));
}

/// Langevin by the norms of the batch, then reverse diffusion between the levels of a list that is not quite that of
/// the evaluations.
void check_song(const Case& c) {
  const std::vector<double> sigmas = c.numbers("sigmas"), list = c.numbers("discrete_sigmas");
  const Langevin corrector{c.args.number("snr", 0.15), Coupling::batch};
  tests::diffusers::levels_are_recorded(c);
  c.args.settled({"sampling_eps"});
  c.only("state_space", "ve");
  c.only("model_output", "score");
  const tests::Denoise denoise = tests::exact_network(Prediction::score, c.mixture);
  const tests::RecordedNoise noise = tests::recorded_in_order(c);
  std::vector<Batch> states{c.states("x").front()};
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const Level level{.alpha = 1, .sigma = sigmas[i]};
    for (int corrections = c.args.integer("correct_steps", 1); corrections > 0; --corrections)
      states.push_back(corrector.correct(denoise, states.back(), level, [&](Batch& z) { noise(z, 0, 0); }));
    const std::size_t k = sigmas.size() - 1 - i;
    const double below = k == 0 ? 0 : list[k - 1];
    const Row row = ReverseDiffusion{}.of(level, {1, list[k] * list[k] - below * below});
    states.push_back(tests::run(denoise, {{level, {.alpha = 1, .sigma = below}, row}}, states.back(), noise));
  }
  compare(c, "x", states, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: diffusers, PNDM, SA-Solver, TCD and LCM", "[golden]") {
  tests::check_family("diffusers_deis_pndm_misc",
                      {{tests::of_type({"DEISMultistepScheduler"}), "compared in diffusers_multistep.cpp"},
                       {[](const Case& c) {
                          return c.type == "PNDMScheduler" && !c.args.flag("skip_prk_steps", false) &&
                                 tests::diffusers::pndm_joins(c);
                        },
                        "a Runge-Kutta start is a run: compared in adaptive_dpm_solver.cpp"},
                       {tests::raises, "the peer throws"}},
                      check);
}

TEST_CASE("Golden: diffusers, consistency sampling and Song's VE", "[golden]") {
  tests::check_family("diffusers_extra", {{tests::of_type({"RePaintScheduler"}), "inpainting: inverse_problems.cpp"}},
                      [](const Case& c) { c.type == "ScoreSdeVeScheduler" ? check_song(c) : check_consistency(c); });
}
