// k-diffusion's samplers, on x = x₀ + σ ε. x holds the state at the start of each step and the end.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

Grid grid_of(const Case& c) {
  Grid grid;
  for (const double sigma : c.numbers("sigmas")) grid.push_back(sigma == 0 ? clean : EDM{}(sigma));
  return grid;
}

/// The peer's eta multiplies the noise of the equation, our noise², and s_noise what is drawn.
DPMSolver stochastic(const Case& c, int order) {
  const std::string type = c.args.text("solver_type", "midpoint");
  require(type == "midpoint" || type == "heun", "no rule for solver_type ", type);
  return {.order = order,
          .noise = std::sqrt(c.args.number("eta", 1)),
          .moments = order == 3           ? Moments::half_third
                     : type == "midpoint" ? Moments::midpoint
                                          : Moments::exact,
          .lower_order_final = false};
}

Table table(const Case& c, const Grid& grid) {
  const std::string name = c.type.substr(c.type.rfind('.') + 1);
  const auto scaled = [&](Table rows) {
    for (Step& step : rows) step.row.z *= c.args.number("s_noise", 1);
    return rows;
  };
  if (name == "sample_euler") return tabulate(DDIM{}, grid);
  if (name == "sample_heun") return tabulate(Heun{}, grid);
  if (name == "sample_euler_ancestral") return scaled(tabulate(DDIM{c.args.number("eta", 1)}, grid));
  if (name == "sample_lms") return tabulate(LMS{.order = c.args.integer("order", 4)}, grid);
  if (name == "sample_dpmpp_2m")
    return tabulate(DPMSolver{.order = 2, .moments = Moments::midpoint, .lower_order_final = false}, grid);
  if (name == "sample_dpmpp_2m_sde") return scaled(tabulate(stochastic(c, 2), grid));
  if (name == "sample_dpmpp_3m_sde") return scaled(tabulate(stochastic(c, 3), grid));
  throw std::invalid_argument("no rule for " + name);
}

void check(const Case& c) {
  const Grid grid = grid_of(c);
  const tests::RecordedNoise noise(c);
  std::vector<Batch> states{c.state("x_init")};
  sample(tests::exact_network(Prediction::x0, c.mixture), table(c, grid), Batch(states.front()), noise,
         [&](const Step& step, const Batch& x, const Batch&) {
           if (step.from.sigma == step.to.sigma)
             states.pop_back();  // the second row of a step takes the place of the first
           states.push_back(x);
         });
  compare(c, "x", states, c.states("x"));
}

bool churned(const Case& c) {
  return c.args.number("s_churn", 0) > 0;
}

}  // namespace

TEST_CASE("Golden: k-diffusion, samplers", "[golden]") {
  const std::string module = "k_diffusion.sampling.sample_";
  tests::check_family("kdiffusion_samplers",
                      {{churned, "churn is not built yet"},
                       {tests::of_type({module + "dpm_2", module + "dpm_2_ancestral", module + "dpmpp_2s_ancestral",
                                        module + "dpmpp_sde", module + "dpm_fast", module + "dpm_adaptive"}),
                        "methods of several stages are not built yet"}},
                      check);
}
