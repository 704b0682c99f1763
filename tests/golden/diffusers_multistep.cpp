// diffusers' exponential solvers: DPM-Solver, DPM-Solver++, multistep and singlestep, their SDE forms, UniPC, DEIS. The
// levels are the case's own sigmas, σ/α.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// Of the list sigmas, in the case's own space.
Grid grid_of(const Case& c) {
  const bool flow = c.choice("state_space", "vp", {"vp", "flow"}) == "flow";
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) {
    const double size = std::sqrt(1 + sigma * sigma);
    grid.push_back(flow ? Level{.alpha = 1 - sigma, .sigma = sigma} : Level{.alpha = 1 / size, .sigma = sigma / size});
  }
  return grid;
}

/// In the peer's singlestep runs the stages are levels of the grid. It names the order of each update, 1, 2, 3, 1, 2,
/// …: a step of order 3 is three.
std::vector<int> plan(const Case& c) {
  std::vector<int> orders;
  for (const double order : c.numbers("order_list")) {
    if (order > 1) orders.pop_back();
    orders.push_back(int(order));
  }
  return orders;
}

/// A last step of length zero is one to the peer: it lowers the order before it, and shows the corrected state.
Table unipc(const Case& c, Grid grid) {
  const std::size_t last = grid.size() - 2;
  const bool stands = same_lambda(grid[last], grid[last + 1]);
  if (stands) grid.back() = clean;
  const bool flat = c.args.choice("solver_type", "bh2", {"bh1", "bh2", "midpoint", "heun", "logrho"}) == "bh1";
  UniPC sampler{.order = c.args.integer("solver_order", 2),
                .prediction = c.args.flag("predict_x0", true) ? Prediction::x0 : Prediction::eps,
                .moments = flat ? Moments::flat : Moments::midpoint,
                .lower_order_final = c.args.flag("lower_order_final", true)};
  Table rows = tabulate(sampler, grid);
  sampler.corrector = false;
  if (c.args.has("disable_corrector"))  // after these steps; the row that follows is the one to correct
    for (const double step : c.args.numbers("disable_corrector"))
      if (const auto next = std::size_t(step) + 1; next < rows.size()) rows[next].row = sampler.row(grid, next);
  if (stands) {
    const DPMSolver predictor{.order = sampler.order,
                              .prediction = sampler.prediction,
                              .moments = sampler.moments,
                              .lower_order_final = sampler.lower_order_final};
    const int read = int(predictor.nodes(grid, last - 1).size());
    rows.back() = {grid[last], grid[last], corrected_row({.x = 1}, grid, last, predictor, read)};
  }
  return rows;
}

Table deis(const Case& c, const Grid& grid) {
  c.args.choice("algorithm_type", "deis", {"deis", "dpmsolver", "dpmsolver++"});  // names of one and the same
  c.args.choice("solver_type", "logrho", {"logrho", "midpoint", "heun", "bh1", "bh2"});
  return tabulate(DEIS{c.args.integer("solver_order", 2), tests::diffusers::lowered(c, grid)}, grid);
}

Table singlestep(const Case& c, const Grid& grid) {
  const std::string type =
      c.args.choice("algorithm_type", "dpmsolver++", {"dpmsolver", "dpmsolver++", "sde-dpmsolver++"});
  const bool midpoint =
      c.args.choice("solver_type", "midpoint", {"midpoint", "heun", "logrho", "bh1", "bh2"}) != "heun";
  c.args.settled({"solver_order", "lower_order_final"});  // by the list of orders
  const SinglestepDPMSolver method{.prediction = type.ends_with("++") ? Prediction::x0 : Prediction::eps,
                                   .noise = type.starts_with("sde") ? 1.0 : 0.0,
                                   .moments = midpoint ? Moments::midpoint : Moments::exact,
                                   .quadratic = !midpoint};
  return tabulate(SinglestepPlan{plan(c), method}, grid);
}

Table table(const Case& c, const Grid& grid) {
  if (c.type == "DEISMultistepScheduler") return deis(c, grid);
  if (c.type == "UniPCMultistepScheduler") return unipc(c, grid);
  if (c.type == "DPMSolverSinglestepScheduler") return singlestep(c, grid);
  require(c.type == "DPMSolverMultistepScheduler" || c.type == "DPMSolverMultistepInverseScheduler", "no rule for ",
          c.type);
  return tests::diffusers::dpm_solver(c, grid);
}

/// UniPC of ε̂ limits nothing.
tests::Denoise model(const Case& c) {
  const tests::Limit limit = tests::diffusers::limit(c.args, false);
  const tests::Denoise exact = tests::exact_network(tests::diffusers::prediction(c), c.mixture);
  return c.args.flag("predict_x0", true) ? tests::limited(exact, limit) : exact;
}

void check(const Case& c) {
  tests::diffusers::levels_are_recorded(c);
  const Table rows = table(c, grid_of(c));
  compare_levels(c, rows);
  const tests::RecordedNoise noise =
      c.type == "DPMSolverSinglestepScheduler" ? tests::recorded_along_path(c, rows) : tests::recorded_noise(c);
  compare(c, "x", tests::states(model(c), rows, c.states("x").front(), noise), c.states("x"));
}

/// Where the peer's B₁ is infinite. Ours must be finite.
bool infinite(const Case& c) {
  if (!c.text("note", "").starts_with("the peer itself yields non-finite values")) return false;
  CHECK_NOTHROW(trajectory(c, model(c), table(c, grid_of(c))));
  return true;
}

}  // namespace

TEST_CASE("Golden: diffusers, DPM-Solver", "[golden]") {
  tests::check_family("diffusers_dpmsolver",
                      {{tests::diffusers::wrong_sign, "the peer has the sign of the second difference wrong"},
                       {tests::raises, "the peer throws"}},
                      check);
}

TEST_CASE("Golden: diffusers, UniPC", "[golden]") {
  tests::check_family("diffusers_unipc",
                      {{infinite, "the peer's B1 is infinite at sigma = 0; ours ends there in order 1"},
                       {tests::raises, "the peer throws"}},
                      check);
}

TEST_CASE("Golden: diffusers, DEIS", "[golden]") {
  tests::check_family(
      "diffusers_deis_pndm_misc",
      {{[](const Case& c) { return c.type != "DEISMultistepScheduler"; }, "compared in diffusers_pndm.cpp"}}, check);
}
