#include "contenders.hpp"

#include <tweedie/sampler/ancestral.hpp>
#include <tweedie/sampler/churned.hpp>
#include <tweedie/sampler/consistency.hpp>
#include <tweedie/sampler/ddim.hpp>
#include <tweedie/sampler/ddpm.hpp>
#include <tweedie/sampler/deis.hpp>
#include <tweedie/sampler/dpm_solver.hpp>
#include <tweedie/sampler/dpm_solver_sde.hpp>
#include <tweedie/sampler/er_sde.hpp>
#include <tweedie/sampler/heun.hpp>
#include <tweedie/sampler/lms.hpp>
#include <tweedie/sampler/midpoint.hpp>
#include <tweedie/sampler/pndm.hpp>
#include <tweedie/sampler/runge_kutta4.hpp>
#include <tweedie/sampler/sa_solver.hpp>
#include <tweedie/sampler/singlestep_dpm_solver.hpp>
#include <tweedie/sampler/tcd.hpp>
#include <tweedie/sampler/uni_pc.hpp>
#include <tweedie/schedule/grids.hpp>
#include <tweedie/schedule/variance_preserving.hpp>

namespace solvers {

namespace {

using namespace tweedie;

constexpr VariancePreserving schedule{};

/// From t = 1 to 0.001 in equal steps of √t, and then the data.
Grid levels_of(int steps) {
  Grid grid = levels(schedule, quadratic(steps - 1, 1, 1e-3));
  grid.push_back(clean);
  return grid;
}

Contender on_levels(const std::string& name, const auto& sampler) {
  return {name, [sampler](int evaluations) -> Plan {
            for (int steps = evaluations;; --steps)
              if (Table table = tabulate(sampler, levels_of(steps)); int(tweedie::evaluations(table)) <= evaluations)
                return {steps, std::move(table)};
          }};
}

/// Steps of three kinds, of one evaluation, two and three, that come to the number exactly.
Contender singlestep(const std::string& name, const SinglestepDPMSolver& method) {
  return {name, [method](int evaluations) -> Plan {
            const std::vector<int> orders = orders_for(evaluations, method.order, true);
            const Grid grid = staged(levels_of(int(orders.size())), orders, at_lambda(schedule));
            return {int(orders.size()), tabulate(SinglestepPlan{orders, method}, grid)};
          }};
}

}  // namespace

std::vector<Contender> contenders() {
  const auto at = at_lambda(schedule);
  const auto time = [](double lambda) { return schedule.time(lambda); };
  constexpr auto eps = Prediction::eps;
  constexpr auto midpoint = Moments::midpoint;
  Ancestral<SinglestepDPMSolver> ancestral;
  ancestral.at = ancestral.method.at = at;
  return {
      on_levels("DDIM = DPMSolver 1", DDIM{}),
      on_levels("Heun", Heun{}),
      on_levels("Midpoint", Midpoint{.at = at}),
      on_levels("RungeKutta4", RungeKutta4{.at = at}),
      on_levels("Heun, v", Heun{Slope::v}),
      on_levels("RungeKutta4, v", RungeKutta4{Slope::v, at}),
      on_levels("LMS 2", LMS{.order = 2}),
      on_levels("LMS 3", LMS{.order = 3}),
      on_levels("LMS 4", LMS{.order = 4}),
      on_levels("LMS 3, v", LMS{.order = 3, .slope = Slope::v}),
      on_levels("IPNDM", IPNDM{}),
      on_levels("PNDM", PNDM{}),
      on_levels("DPMSolver 2", DPMSolver{.order = 2}),
      on_levels("DPMSolver 2, midpoint", DPMSolver{.order = 2, .moments = midpoint}),
      on_levels("DPMSolver 3", DPMSolver{.order = 3}),
      on_levels("DPMSolver 2, eps", DPMSolver{.order = 2, .prediction = eps}),
      on_levels("DPMSolver 2, eps, midpoint", DPMSolver{.order = 2, .prediction = eps, .moments = midpoint}),
      on_levels("DPMSolver 3, eps = DEIS 3", DEIS{.order = 3}),
      on_levels("DEIS 3, in time", DEIS{.order = 3, .time = time}),
      on_levels("UniPC 2", UniPC{.order = 2}),
      on_levels("UniPC 3", UniPC{.order = 3}),
      singlestep("Singlestep 2", {.order = 2}),
      singlestep("Singlestep 3", {.order = 3}),
      singlestep("Singlestep 3, eps", {.order = 3, .prediction = eps}),
      on_levels("DDPM", DDPM{}),
      on_levels("DDIM, eta 0.5", DDIM{.eta = 0.5}),
      on_levels("DPMSolver 2, noise 1", DPMSolver{.order = 2, .noise = 1}),
      on_levels("SASolver", SASolver{}),
      on_levels("SASolver, midpoint", SASolver{.moments = midpoint}),
      on_levels("DPMSolverSDE", DPMSolverSDE{.at = at}),
      on_levels("Ancestral Singlestep 2", ancestral),
      on_levels("Churned Heun", Churned<Heun>{.churn = 4, .least = 0.05, .most = 50, .at = at}),
      on_levels("ERSDE 2", ERSDE{.order = 2}),
      on_levels("ERSDE 3", ERSDE{.order = 3}),
      on_levels("TCD", TCD{.at = schedule}),
      on_levels("Consistency", Consistency{}),
  };
}

Table flow() {
  Grid grid = uniform_lambda(schedule, 150, lambda(schedule(1)), 8);
  grid.push_back(clean);
  return tabulate(DPMSolver{.order = 3}, grid);
}

}  // namespace solvers
