// Runs that are no tables: the adaptive DPM-Solver of the authors' code and of k-diffusion, and PNDM with its
// Runge-Kutta start.

#include "diffusers.hpp"
#include "official.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// Every state and the level of every evaluation of a run.
struct Run {
  std::vector<Batch> x;
  std::vector<double> alpha, sigma;
};
/// The authors' code stops within 1e-5 of the end in time, where it happens to stand.
template <class S>
Run run(const tests::Denoise& model, const S& sampler, const Grid& grid, const Batch& start, double near = 0,
        const tests::RecordedNoise& noise = {}) {
  Run run{{start}, {}, {}};
  const tests::Denoise denoise = [&](const Batch& x, const Level& t) -> Batch {
    run.alpha.push_back(t.alpha), run.sigma.push_back(t.sigma);
    return model(x, t);
  };
  const tests::Observer observer = [&](const Step& step, const Batch& x, const Batch&) {
    run.x.push_back(x);
    return !(std::fabs(step.to.time - grid.back().time) <= near);
  };
  sample(denoise, sampler, start, grid, noise, observer);
  return run;
}
/// The peers evaluate anew at the level where a step is repeated; we do not.
std::vector<double> without_repetition(const std::vector<double>& list, const std::vector<double>& sigma) {
  std::vector<double> kept;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (std::find(sigma.begin(), sigma.begin() + std::ptrdiff_t(i), sigma[i]) == sigma.begin() + std::ptrdiff_t(i))
      kept.push_back(list[i]);
  return kept;
}
void compare_levels(const Case& c, const Run& ours) {
  const tests::Reference evals = c.object("evals");
  const std::vector<double> sigma = evals.numbers("sigma");
  compare(c, "evals.alpha", ours.alpha, without_repetition(evals.numbers("alpha"), sigma));
  compare(c, "evals.sigma", ours.sigma, without_repetition(sigma, sigma));
}

void check_official(const Case& c) {
  const tests::Reference args = c.object("sample_args");
  args.only("solver_type", "dpmsolver");
  args.settled({"method", "steps", "skip_type", "lower_order_final"});  // of the other methods
  const tests::official::Process process(c);
  const bool in_x0 = c.args.choice("algorithm_type", "dpmsolver++", {"dpmsolver", "dpmsolver++"}) == "dpmsolver++";
  const AdaptiveDPMSolver sampler{.order = args.integer("order", 2),
                                  .prediction = in_x0 ? Prediction::x0 : Prediction::eps,
                                  .at = at_lambda(process),
                                  .relative_tolerance = args.number("rtol", 0.05),
                                  .absolute_tolerance = args.number("atol", 0.0078),
                                  .control = {.smooth = false, .floor = 0},
                                  .coupling = Coupling::batch,
                                  .moments = Moments::midpoint};
  const tests::Limit limit = tests::official::limit(c);
  const tests::Denoise exact = tests::official::denoiser(c), denoise = in_x0 ? tests::limited(exact, limit) : exact;
  const auto [from, to] = tests::official::ends(c);
  Run ours = run(denoise, sampler, {process(from), process(to)}, c.state("x_init"), 1e-5);
  if (args.flag("denoise_to_zero", false)) {
    const Level end = process(to);
    ours.alpha.push_back(end.alpha), ours.sigma.push_back(end.sigma);
    ours.x.push_back(tests::limited(exact, limit)(ours.x.back(), end));
  }
  compare_levels(c, ours);
  compare(c, "x_final", ours.x.back(), c.state("x_final"));
}

void check_k_diffusion(const Case& c) {
  c.only("state_space", "ve");
  c.only("model_output", "denoised E[x0|x]");
  c.args.settled({"return_info"});
  const double eta = c.args.number("eta", 0), order = c.args.number("order", 3);
  const double gain = eta > 0 ? order / 1.5 : 1;  // with noise the peer reckons with an error of order 1.5
  const AdaptiveDPMSolver sampler{.order = int(order),
                                  .prediction = Prediction::eps,
                                  .at = at_lambda(EDM{}),
                                  .relative_tolerance = c.args.number("rtol", 0.05),
                                  .absolute_tolerance = c.args.number("atol", 0.0078),
                                  .first_step = c.args.number("h_init", 0.05),
                                  .control = {.p = gain * c.args.number("pcoeff", 0),
                                              .i = gain * c.args.number("icoeff", 1),
                                              .d = gain * c.args.number("dcoeff", 0),
                                              .safety = 1,
                                              .accept = c.args.number("accept_safety", 0.81)},
                                  .eta = eta,
                                  .coupling = Coupling::batch,
                                  .batch_error = BatchError::mean,
                                  .moments = Moments::midpoint};
  const tests::Reference range = c.object("range");
  const tests::RecordedNoise recorded = tests::recorded_noise(c);
  const tests::RecordedNoise noise = [&](Batch& z, std::int64_t row, std::int64_t) {
    recorded(z, row, 0);
    z *= c.args.number("s_noise", 1);
  };
  c.args.settled({"s_noise"});  // where nothing is drawn
  const Run ours =
      run(tests::exact_network(Prediction::x0, c.mixture), sampler,
          {EDM{}(range.number("sigma_max")), EDM{}(range.number("sigma_min"))}, c.state("x_init"), 0, noise);
  compare_levels(c, ours);
  std::vector<Batch> theirs{c.state("x_init")};  // x holds the state after each attempt, and the end once more
  for (const Batch& x : c.states("x"))
    if (x != theirs.back()) theirs.push_back(x);
  compare(c, "x", ours.x, theirs);
}

/// The states after each call of the network, and the start, as ours after each row.
void check_pndm(const Case& c) {
  c.only("state_space", "vp");
  const Prediction kind = tests::diffusers::prediction(c);
  const Discrete chain = tests::diffusers::chain(c.args);
  const auto at = [&](double time) {
    Level level = chain(std::floor(time) + 1);  // the peer cuts a middle
    level.time = time;
    return level;
  };
  Grid grid;
  const std::vector<double> list =
      c.numbers("timesteps");  // t, middle, middle, s, s, … for three steps, and then t, s, …
  for (std::size_t i = 0; i < list.size(); ++i)
    if (i >= 12 || i % 4 == 0) grid.push_back(at(list[i]));
  grid.push_back(
      {.alpha = std::sqrt(c.number("final_alpha_cumprod")), .sigma = std::sqrt(1 - c.number("final_alpha_cumprod"))});
  tests::diffusers::levels_are_recorded(c);
  c.args.settled({"skip_prk_steps"});  // false here
  Run ours = run(tests::exact_network(kind, c.mixture), PNDMRungeKutta{.at = at}, grid, c.states("x").front());
  if (const Level& t = grid[grid.size() - 2]; same_level(t, grid.back())) {  // the peer estimates to stay where it is
    ours.alpha.push_back(t.alpha), ours.sigma.push_back(t.sigma);
    ours.x.push_back(Batch(ours.x.back()));
  }
  compare(c, "evals.alpha", ours.alpha, c.object("evals").numbers("alpha"));
  compare(c, "evals.sigma", ours.sigma, c.object("evals").numbers("sigma"));
  compare(c, "x", ours.x, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: dpm-solver, adaptive", "[golden]") {
  tests::check_family(
      "official_dpmsolver",
      {{[](const Case& c) { return c.object("sample_args").text("method", "") != "adaptive" || tests::raises(c); },
        "a table: compared in official_solvers.cpp"}},
      check_official);
}

TEST_CASE("Golden: k-diffusion, adaptive", "[golden]") {
  tests::check_family("kdiffusion_samplers",
                      {{[](const Case& c) { return c.type != "k_diffusion.sampling.sample_dpm_adaptive"; },
                        "a table: compared in kdiffusion_samplers.cpp"}},
                      check_k_diffusion);
}

TEST_CASE("Golden: diffusers, PNDM with its Runge-Kutta start", "[golden]") {
  const auto other = [](const Case& c) {
    return c.type != "PNDMScheduler" || c.args.flag("skip_prk_steps", false) || !tests::diffusers::pndm_joins(c);
  };
  tests::check_family("diffusers_deis_pndm_misc",
                      {{other, "compared in diffusers_multistep.cpp and diffusers_pndm.cpp"}}, check_pndm);
}
