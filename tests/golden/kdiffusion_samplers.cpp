// k-diffusion's samplers, on x = x₀ + σ ε. x holds the state at the start of each step and the end.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

Grid grid_of(const Case& c) {
  if (c.has("range")) {  // dpm_fast: so many evaluations, in steps of order 3 as long as they last
    const tests::Reference range = c.object("range");
    return exponential(EDM{}, int(orders_for(range.integer("n")).size()), range.number("sigma_max"),
                       range.number("sigma_min"));
  }
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
  const auto at = at_lambda(EDM{});
  const double eta = c.args.number("eta", name == "sample_dpm_fast" ? 0 : 1);
  const auto churned = [&](const auto& method) {
    return tabulate(Churned<std::remove_cvref_t<decltype(method)>>{.method = method,
                                                                   .churn = c.args.number("s_churn", 0),
                                                                   .least = c.args.number("s_tmin", 0),
                                                                   .most = c.args.number("s_tmax", 1e300),
                                                                   .noise = c.args.number("s_noise", 1),
                                                                   .at = at},
                    grid);
  };
  if (name == "sample_euler") return churned(DDIM{});
  if (name == "sample_heun") return churned(Heun{});
  if (name == "sample_dpm_2") return churned(Midpoint{.at = at});
  if (name == "sample_dpm_2_ancestral")
    return scaled(tabulate(Ancestral<Midpoint>{.method = {.at = at}, .eta = eta, .at = at}, grid));
  if (name == "sample_dpmpp_2s_ancestral") {
    const SinglestepDPMSolver method{.moments = Moments::midpoint, .at = at};
    return scaled(tabulate(Ancestral<SinglestepDPMSolver>{.method = method, .eta = eta, .at = at}, grid));
  }
  if (name == "sample_dpmpp_sde")
    return scaled(tabulate(DPMSolverSDE{.eta = eta, .r = c.args.number("r", 0.5), .at = at}, grid));
  if (name == "sample_dpm_fast") {
    const std::vector<int> orders = orders_for(c.object("range").integer("n"));
    Table rows;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const SinglestepDPMSolver method{.order = orders[i],
                                       .prediction = Prediction::eps,
                                       .moments = orders[i] == 2 ? Moments::midpoint : Moments::exact,
                                       .at = at};
      const Level &t = grid[i], &s = grid[i + 1];
      const double up = DDIM{eta}.row(t, s).z, below = std::sqrt(s.sigma * s.sigma - up * up);
      const Level down = EDM{}(std::max(below, grid.back().sigma));  // never below the end
      Table step = method.rows(t, down);
      step.back().to = s;
      step.back().row = then_forward(step.back().row, down, s);
      rows.insert(rows.end(), step.begin(), step.end());
    }
    return rows;
  }
  if (name == "sample_euler_ancestral") return scaled(tabulate(DDIM{c.args.number("eta", 1)}, grid));
  if (name == "sample_lms") return tabulate(LMS{.order = c.args.integer("order", 4)}, grid);
  if (name == "sample_dpmpp_2m")
    return tabulate(DPMSolver{.order = 2, .moments = Moments::midpoint, .lower_order_final = false}, grid);
  if (name == "sample_dpmpp_2m_sde") return scaled(tabulate(stochastic(c, 2), grid));
  if (name == "sample_dpmpp_3m_sde") return scaled(tabulate(stochastic(c, 3), grid));
  throw std::invalid_argument("no rule for " + name);
}

/// Lists of σ with 0 at the end, the ancestral step, and a chain's σ as a function of its step.
void check_schedule(const Case& c) {
  const std::string name = c.type;
  const int n = c.args.integer("n", 2) - 1;
  if (name == "get_ancestral_step") {
    const double to = c.args.number("sigma_to");
    const Row row = DDIM{c.args.number("eta")}.row(EDM{}(c.args.number("sigma_from")), EDM{}(to));
    compare(c, "sigma_down", row.eps[0], c.number("sigma_down"));
    return compare(c, "sigma_up", row.z, c.number("sigma_up"));
  }
  if (name == "DiscreteSchedule") {  // its steps count from 0; between them ln σ is linear where our ln α is
    const Discrete chain = Discrete::scaled_linear(1000, 0.00085, 0.012);
    const std::vector<double> steps = c.numbers("t"), sigmas = c.numbers("t_to_sigma");
    std::vector<double> ours, theirs;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i] != std::floor(steps[i])) continue;
      const Level level = chain(steps[i] + 1);
      ours.push_back(level.sigma / level.alpha), theirs.push_back(sigmas[i]);
    }
    return compare(c, "t_to_sigma", ours, theirs);
  }
  Grid grid;
  if (name == "get_sigmas_vp") {
    const double start = c.args.number("beta_min");
    grid = levels(VariancePreserving{start, start + c.args.number("beta_d")}, uniform(n, 1, c.args.number("eps_s")));
  } else {
    const double from = c.args.number("sigma_max"), to = c.args.number("sigma_min");
    grid = name == "get_sigmas_karras" ? karras(EDM{}, n, from, to, c.args.number("rho"))
                                       : exponential(EDM{}, n, from, to, c.args.number("rho", 1));
  }
  std::vector<double> sigmas;
  for (const Level& t : grid) sigmas.push_back(t.sigma / t.alpha);
  sigmas.push_back(0);
  compare(c, "sigmas", sigmas, c.numbers("sigmas"));
}

void check(const Case& c) {
  const Grid grid = grid_of(c);
  const Table rows = table(c, grid);
  const tests::RecordedNoise recorded(c);
  tests::NoiseOfPath path(c, rows);
  std::int64_t draws = 0;
  const auto noise = [&](Batch& z, std::int64_t row, std::int64_t) {
    if (c.type.ends_with("sample_dpmpp_sde")) return path(z, row);
    if (c.args.number("s_churn", 0) > 0)  // drawn at each step, and used where there is churn
      while (grid[std::size_t(draws)].sigma != rows[std::size_t(row)].from.sigma) ++draws;
    recorded(z, draws++, 0);
  };
  std::vector<Batch> states{c.state("x_init")};
  sample(tests::exact_network(Prediction::x0, c.mixture), rows, Batch(states.front()), noise,
         [&](const Step& step, const Batch& x, const Batch&) {
           if (step.to.sigma >= step.from.sigma * (1 - 1e-9))
             states.back() = x;  // churn, which the peer shows; the second row of a step takes the place of the first
           else if (states.size() < grid.size() && step.to.sigma <= grid[states.size()].sigma * (1 + 1e-9))
             states.push_back(x);  // a stage is no state
         });
  compare(c, "x", states, c.states("x"));
}

}  // namespace

TEST_CASE("Golden: k-diffusion, samplers", "[golden]") {
  tests::check_family(
      "kdiffusion_samplers",
      {{tests::of_type({"k_diffusion.sampling.sample_dpm_adaptive"}), "a run: compared in adaptive_dpm_solver.cpp"}},
      check);
}

TEST_CASE("Golden: k-diffusion, levels", "[golden]") {
  tests::check_family("kdiffusion_schedules", {}, check_schedule);
}
