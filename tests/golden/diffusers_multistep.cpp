// diffusers' exponential solvers: DPM-Solver, DPM-Solver++, multistep and singlestep, their SDE forms, UniPC, DEIS. The
// levels are the case's own sigmas, σ/α.

#include "diffusers.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// Of the list sigmas, in the case's own space.
Grid grid_of(const Case& c) {
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) {
    const double size = c.text("state_space", "vp") == "flow" ? 1 : std::sqrt(1 + sigma * sigma);
    grid.push_back(c.text("state_space", "vp") == "flow" ? Level{.alpha = 1 - sigma, .sigma = sigma}
                                                         : Level{.alpha = 1 / size, .sigma = sigma / size});
  }
  return grid;
}

/// The peer lowers its order at the end of runs of fewer than 15 steps.
bool lowered(const Case& c, const Grid& grid) {
  return c.args.flag("lower_order_final", true) && grid.size() - 1 < 15;
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

Table unipc(const Case& c, const Grid& grid, int order) {
  UniPC sampler{.order = order,
                .prediction = c.args.flag("predict_x0", true) ? Prediction::x0 : Prediction::eps,
                .moments = c.args.text("solver_type", "bh2") == "bh2" ? Moments::midpoint : Moments::flat,
                .lower_order_final = c.args.flag("lower_order_final", true)};
  Table rows = tabulate(sampler, grid);
  sampler.corrector = false;
  if (c.args.has("disable_corrector"))  // after these steps; the row that follows is the one to correct
    for (const double step : c.args.numbers("disable_corrector"))
      rows[std::size_t(step) + 1].row = sampler.row(grid, std::size_t(step) + 1);
  return rows;
}

Table table(const Case& c, const Grid& grid) {
  const int order = c.args.integer("solver_order", 2);
  if (c.type == "DEISMultistepScheduler") return tabulate(DEIS{order, lowered(c, grid)}, grid);
  if (c.type == "UniPCMultistepScheduler") return unipc(c, grid, order);
  const std::string type = c.args.text("algorithm_type", "dpmsolver++");
  const bool midpoint = c.args.text("solver_type", "midpoint") == "midpoint";
  const Prediction prediction = type.ends_with("++") ? Prediction::x0 : Prediction::eps;
  const double noise = type.starts_with("sde") ? 1.0 : 0.0;
  if (c.type == "DPMSolverSinglestepScheduler") {
    const SinglestepDPMSolver method{.prediction = prediction,
                                     .noise = noise,
                                     .moments = midpoint ? Moments::midpoint : Moments::exact,
                                     .quadratic = !midpoint};
    return tabulate(SinglestepPlan{plan(c), method}, grid);
  }
  const Moments moments = midpoint     ? Moments::published  // ½φ_1 in rows of two, at any order
                          : order == 3 ? Moments::half_third
                                       : Moments::exact;
  Table rows = tabulate(DPMSolver{order, prediction, noise, moments, lowered(c, grid)}, grid);
  if (c.args.flag("euler_at_final", false)) rows.back().row = DDIM{}.row(rows.back().from, rows.back().to);
  return rows;
}

auto model(const Case& c) {
  const std::string name = c.args.text("prediction_type", "epsilon");
  // A velocity of the peer's flows is ε − x₀, told at levels that carry no rates here: the x̂₀ of an exact model is the
  // same.
  const Prediction kind = name == "flow_prediction" ? Prediction::x0 : tests::diffusers::prediction(c);
  return tests::limited(tests::exact_network(kind, c.mixture),
                        c.args.flag("thresholding", false) ? tests::diffusers::limit(c.args) : tests::Limit{});
}

void check(const Case& c) {
  const Table rows = table(c, grid_of(c));
  compare_levels(c, rows);
  compare(c, "x", trajectory(c, model(c), rows), c.states("x"));
}

bool wrong_sign(const Case& c) {
  return c.args.integer("solver_order", 2) == 3 && c.args.text("algorithm_type", "").starts_with("sde") &&
         (c.type == "DPMSolverMultistepScheduler" || c.args.text("solver_type", "midpoint") == "heun");
}

/// Where the peer's B₁ is infinite. Ours must be finite.
bool infinite(const Case& c) {
  if (!c.text("note", "").starts_with("the peer itself yields non-finite values")) return false;
  CHECK_NOTHROW(trajectory(c, model(c), table(c, grid_of(c))));
  return true;
}

}  // namespace

TEST_CASE("Golden: diffusers, DPM-Solver", "[golden]") {
  tests::check_family("diffusers_dpmsolver", {{wrong_sign, "the peer has the sign of the second difference wrong"}},
                      check);
}

TEST_CASE("Golden: diffusers, UniPC", "[golden]") {
  tests::check_family("diffusers_unipc",
                      {{infinite, "the peer's B1 is infinite at sigma = 0; ours ends there in order 1"}}, check);
}

TEST_CASE("Golden: diffusers, DEIS", "[golden]") {
  tests::check_family(
      "diffusers_deis_pndm_misc",
      {{[](const Case& c) { return c.type != "DEISMultistepScheduler"; }, "compared in diffusers_pndm.cpp"}}, check);
}
