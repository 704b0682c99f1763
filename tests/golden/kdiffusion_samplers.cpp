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
  const std::string type = c.args.choice("solver_type", "midpoint", {"midpoint", "heun"});
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
    const double s_noise = c.args.number("s_noise", 1);
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
      step.back().row.z *= s_noise;
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

/// A chain whose timesteps count from 0, between which ln σ is linear where our ln α is.
void check_discrete(const Case& c) {
  char name[32];
  double first = 0, last = 0;
  int T = 0;
  require(std::sscanf(c.args.text("betas").c_str(), "%31s %lf..%lf T=%d", name, &first, &last, &T) == 4 &&
              (name == std::string("linear") || name == std::string("scaled_linear")),
          "no rule for betas = \"", c.args.text("betas"), "\"");
  const Discrete chain =
      name == std::string("linear") ? Discrete::linear(T, first, last) : Discrete::scaled_linear(T, first, last);
  const auto ln_sigma = [&](int k) { return -lambda(chain(k + 1)); };
  const auto to_sigma = [&](double t) {
    const int k = std::min(int(t), T - 2);
    return std::exp(ln_sigma(k) + (t - k) * (ln_sigma(k + 1) - ln_sigma(k)));
  };
  const auto to_t = [&](double sigma) {
    int k = 0;
    while (k < T - 2 && ln_sigma(k + 1) <= std::log(sigma)) ++k;
    return k + std::clamp((std::log(sigma) - ln_sigma(k)) / (ln_sigma(k + 1) - ln_sigma(k)), 0.0, 1.0);
  };
  const auto each = [&](const char* from, const char* to, const auto& f) {
    std::vector<double> ours;
    for (const double value : c.numbers(from)) ours.push_back(f(value));
    compare(c, to, ours, c.numbers(to));
  };
  each("t", "t_to_sigma", to_sigma);
  each("sigma", "sigma_to_t", to_t);
  each("sigma", "sigma_to_t_quantized", [&](double sigma) {
    const int k = int(to_t(sigma));
    const bool above = k + 1 < T && ln_sigma(k + 1) - std::log(sigma) < std::log(sigma) - ln_sigma(k);
    return double(above ? k + 1 : k);
  });
  if (c.has("get_sigmas_10")) {
    std::vector<double> sigmas;
    for (const double t : uniform(9, T - 1, 0)) sigmas.push_back(to_sigma(t));
    sigmas.push_back(0);
    compare(c, "get_sigmas_10", sigmas, c.numbers("get_sigmas_10"));
  }
  compare(c, "sigma_min", to_sigma(0), c.number("sigma_min"));
  compare(c, "sigma_max", to_sigma(T - 1), c.number("sigma_max"));
}

/// Lists of σ with 0 at the end, and the ancestral step.
void check_schedule(const Case& c) {
  const std::string name = c.type;
  if (name == "DiscreteSchedule") return check_discrete(c);
  if (name == "get_ancestral_step") {
    const double to = c.args.number("sigma_to");
    const Row row = DDIM{c.args.number("eta", 1)}.row(EDM{}(c.args.number("sigma_from")), EDM{}(to));
    compare(c, "sigma_down", row.eps[0], c.number("sigma_down"));
    return compare(c, "sigma_up", row.z, c.number("sigma_up"));
  }
  const int n = c.args.integer("n") - 1;
  Grid grid;
  if (name == "get_sigmas_vp") {
    const double start = c.args.number("beta_min", 0.1);
    grid = levels(VariancePreserving{start, start + c.args.number("beta_d", 19.9)},
                  uniform(n, 1, c.args.number("eps_s", 1e-3)));
  } else {
    const double from = c.args.number("sigma_max"), to = c.args.number("sigma_min");
    require(name == "get_sigmas_karras" || name == "get_sigmas_exponential" || name == "get_sigmas_polyexponential",
            "no rule for ", name);
    grid = name == "get_sigmas_karras" ? karras(EDM{}, n, from, to, c.args.number("rho", 7))
                                       : exponential(EDM{}, n, from, to, c.args.number("rho", 1));
  }
  std::vector<double> sigmas;
  for (const Level& t : grid) sigmas.push_back(t.sigma / t.alpha);
  sigmas.push_back(0);
  compare(c, "sigmas", sigmas, c.numbers("sigmas"));
}

void check(const Case& c) {
  c.only("state_space", "ve");
  c.only("model_output", "denoised E[x0|x]");
  const Grid grid = grid_of(c);
  const Table rows = table(c, grid);
  c.args.settled({"eta", "s_noise", "noise_sampler"});  // where a sampler draws nothing
  const tests::RecordedNoise recorded = tests::recorded_noise(c);
  const tests::RecordedNoise path = tests::recorded_along_path(c, rows);
  std::int64_t draws = 0;
  const tests::RecordedNoise noise = [&](Batch& z, std::int64_t row, std::int64_t) {
    if (c.type.ends_with("sample_dpmpp_sde")) return path(z, row, 0);
    if (c.args.number("s_churn", 0) > 0)  // drawn at each step, and used where there is churn
      while (grid[std::size_t(draws)].sigma != rows[std::size_t(row)].from.sigma) ++draws;
    recorded(z, draws++, 0);
  };
  std::vector<Batch> states{c.state("x_init")};
  tests::run(tests::exact_network(Prediction::x0, c.mixture), rows, Batch(states.front()), noise,
             [&](const Step& step, const Batch& x, const Batch&) {
               if (step.to.sigma >= step.from.sigma * (1 - 1e-9))
                 states.back() =
                     x;  // churn, which the peer shows; the second row of a step takes the place of the first
               else if (states.size() < grid.size() && step.to.sigma <= grid[states.size()].sigma * (1 + 1e-9))
                 states.push_back(x);  // a stage is no state
               return true;
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
