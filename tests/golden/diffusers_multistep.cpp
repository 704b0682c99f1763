// diffusers' multistep exponential solvers: DPM-Solver, DPM-Solver++, their SDE forms, DEIS. The levels are the case's own sigmas, σ/α.

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

Table table(const Case& c, const Grid& grid) {
  const int order = c.args.integer("solver_order", 2);
  if (c.type == "DEISMultistepScheduler") return tabulate(DEIS{order, lowered(c, grid)}, grid);
  const std::string type = c.args.text("algorithm_type", "dpmsolver++"),
                    solver = c.args.text("solver_type", "midpoint");
  const DPMSolver sampler{.order = order,
                          .prediction = type.ends_with("++") ? Prediction::x0 : Prediction::eps,
                          .noise = type.starts_with("sde") ? 1.0 : 0.0,
                          .moments = order == 3                           ? Moments::half_third
                                     : order == 2 && solver == "midpoint" ? Moments::midpoint
                                                                          : Moments::exact,
                          .lower_order_final = lowered(c, grid)};
  Table rows = tabulate(sampler, grid);
  if (order == 3 && solver == "midpoint") {  // its steps of order 2, at the start and the end, have the moments of 2M
    DPMSolver second = sampler;
    second.order = 2, second.moments = Moments::midpoint;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (depth(rows[i].row) == 2) rows[i].row = second.row(grid, i);
  }
  if (c.args.flag("euler_at_final", false)) rows.back().row = DDIM{}.row(rows.back().from, rows.back().to);
  return rows;
}

auto model(const Case& c) {
  const std::string name = c.args.text("prediction_type", "epsilon");
  // A velocity of the peer's flows is ε − x₀, told at levels that carry no rates here: the x̂₀ of an exact model is the same.
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
  return c.args.integer("solver_order", 2) == 3 && c.args.text("algorithm_type", "").starts_with("sde");
}

}  // namespace

TEST_CASE("Golden: diffusers, multistep DPM-Solver", "[golden]") {
  tests::check_family(
      "diffusers_dpmsolver",
      {{tests::of_type({"DPMSolverSinglestepScheduler"}), "methods of several stages are not built yet"},
       {tests::of_type({"DPMSolverMultistepInverseScheduler"}), "the inverse is not built yet"},
       {wrong_sign, "the peer has the sign of the second difference wrong"}},
      check);
}

TEST_CASE("Golden: diffusers, DEIS", "[golden]") {
  tests::check_family("diffusers_deis_pndm_misc",
                      {{[](const Case& c) { return c.type != "DEISMultistepScheduler"; },
                        "PNDM, consistency samplers and SA-Solver are not built yet"}},
                      check);
}
