// The samplers of EDM, its ablations included, and of diff-sampler. Both are on x = x₀ + σ ε at the network; the
// ablations move a scaled state along the time of a schedule of their own.

#include "trajectory.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// B(t) = b t + a t²/2, α² = e^−B. The peer's b is negative between its own σ = 0.002 and 80, where VariancePreserving
/// would refuse it.
struct Quadratic {
  double b = 0.1, a = 19.9;

  Level operator()(double t) const {
    const double B = b * t + a * t * t / 2, rate = b + a * t;
    const double alpha = std::exp(-B / 2), sigma = std::sqrt(-std::expm1(-B));
    return {t, alpha, sigma, -rate / 2 * alpha, rate / 2 * alpha * alpha / sigma};
  }
  double time(double lambda) const { return (std::sqrt(b * b + 2 * a * std::log1p(std::exp(-2 * lambda))) - b) / a; }
};

/// x = s(t)(x₀ + σ(t) ε), with σ = t, √t or VP's, and s = 1 or 1/√(1 + σ²).
struct Ablation {
  std::string name;
  bool scaled;
  Quadratic vp{};

  Level operator()(double t) const {
    const Level of_vp = vp(t);
    const double sigma = name == "vp" ? of_vp.sigma / of_vp.alpha : name == "ve" ? std::sqrt(t) : t;
    const double rate = name == "vp"   ? (vp.b + vp.a * t) / 2 * (sigma + 1 / sigma)
                        : name == "ve" ? 1 / (2 * std::sqrt(t))
                                       : 1;
    if (!scaled) return {t, 1, sigma, 0, rate};
    const double s = 1 / std::sqrt(1 + sigma * sigma), d_s = -sigma * rate * s * s * s;
    return {t, s, s * sigma, d_s, d_s * sigma + s * rate};
  }
  double time(double lambda) const {
    const double ratio = std::exp(-lambda);
    return name == "vp" ? vp.time(lambda) : name == "ve" ? ratio * ratio : ratio;
  }
};

/// VP from its σ at times `first` and 1.
Quadratic vp_between(double sigma_min, double sigma_max, double first = 1e-3) {
  const double low = std::log1p(sigma_min * sigma_min), high = std::log1p(sigma_max * sigma_max);
  const double slope = 2 * (low / first - high) / (first - 1), start = high - slope / 2;
  return {start, slope};
}
double ratio(const Level& t) {
  return t.sigma / t.alpha;
}

/// The σ of iDDPM's levels, noisiest first.
std::vector<double> iddpm(int n, double sigma_min, double sigma_max, int M, double C1, double C2) {
  const auto alpha_bar = [&](int j) { return std::pow(std::sin(0.5 * std::numbers::pi * j / M / (C2 + 1)), 2); };
  std::vector<double> u(std::size_t(M) + 1, 0.0), kept, list;
  for (int j = M; j > 0; --j) {
    const double square = u[std::size_t(j)] * u[std::size_t(j)] + 1;
    u[std::size_t(j) - 1] = std::sqrt(square / std::max(alpha_bar(j - 1) / alpha_bar(j), C1) - 1);
  }
  for (const double sigma : u)
    if (sigma >= sigma_min && sigma <= sigma_max) kept.push_back(sigma);
  for (int i = 0; i < n; ++i) list.push_back(kept[std::size_t(std::nearbyint(double(kept.size() - 1) / (n - 1) * i))]);
  return list;
}

/// The grid and its rows. `edm_sampler` is the ablation sampler with its defaults.
std::pair<Grid, Table> table(const Case& c) {
  require(c.type.ends_with("edm_sampler") || c.type.ends_with("ablation_sampler"), "no rule for ", c.type);
  const bool ablation = c.type.ends_with("ablation_sampler");
  const std::string steps = c.args.choice("discretization", "edm", {"edm", "vp", "ve", "iddpm"}),
                    solver = c.args.choice("solver", "heun", {"heun", "euler"});
  const double first = c.args.number("epsilon_s", 1e-3);
  const Quadratic standard;
  const double sigma_min = c.args.number("sigma_min", steps == "vp"   ? ratio(standard(first))
                                                      : steps == "ve" ? 0.02
                                                                      : 0.002),
               sigma_max = c.args.number("sigma_max", steps == "vp"      ? ratio(standard(1))
                                                      : steps == "ve"    ? 100
                                                      : steps == "iddpm" ? 81
                                                                         : 80);
  const int n = c.args.integer("num_steps", 18), M = c.args.integer("M", 1000);
  const double C1 = c.args.number("C_1", 0.001), C2 = c.args.number("C_2", 0.008), rho = c.args.number("rho", 7);
  std::vector<double> sigmas;
  const Quadratic vp = vp_between(sigma_min, sigma_max, first);
  if (steps == "vp")
    for (const double t : uniform(n - 1, 1, first)) sigmas.push_back(ratio(vp(t)));
  else if (steps == "ve")
    for (int i = 0; i < n; ++i) sigmas.push_back(sigma_max * std::pow(sigma_min / sigma_max, double(i) / (n - 1)));
  else if (steps == "iddpm")
    sigmas = iddpm(n, sigma_min, sigma_max, M, C1, C2);
  else
    for (const Level& t : karras(EDM{}, n - 1, sigma_max, sigma_min, rho)) sigmas.push_back(t.sigma);

  const Ablation schedule{c.args.choice("schedule", "linear", {"linear", "vp", "ve"}),
                          c.args.choice("scaling", "none", {"none", "vp"}) == "vp", vp};
  const auto at = at_lambda(schedule);
  Grid grid;
  for (const double sigma : sigmas) grid.push_back(at(-std::log(sigma)));
  grid.push_back(schedule(0));
  const double alpha = c.args.number("alpha", 1);
  const auto churned = [&](const auto& method) {
    return std::pair(grid,
                     tabulate(Churned<std::remove_cvref_t<decltype(method)>>{.method = method,
                                                                             .churn = c.args.number("S_churn", 0),
                                                                             .least = c.args.number("S_min", 0),
                                                                             .most = c.args.number("S_max", 1e300),
                                                                             .noise = c.args.number("S_noise", 1),
                                                                             .at = at},
                              grid));
  };
  if (!ablation) return churned(Heun{});
  if (solver == "euler") return churned(EulerMaruyama{0});
  return churned(Midpoint{.r = alpha, .slope = Slope::velocity, .at = schedule});
}

void check_edm(const Case& c) {
  const auto [grid, rows] = table(c);
  const tests::RecordedNoise recorded = tests::recorded_noise(c);
  std::vector<Batch> inputs;
  std::vector<double> sigmas;
  const tests::Denoise denoise = [&](const Batch& x, const Level& t) -> Batch {
    inputs.push_back(x / t.alpha);
    sigmas.push_back(ratio(t));
    return c.mixture(x, t);
  };
  const Grid& levels = grid;
  const Table& steps = rows;
  const tests::RecordedNoise noise = [&](Batch& z, std::int64_t row, std::int64_t) {  // drawn at each step, used or not
    std::int64_t i = 0;
    while (levels[std::size_t(i)].time != steps[std::size_t(row)].from.time) ++i;
    recorded(z, i, 0);
  };
  const Batch end = tests::run(denoise, rows, Batch(grid.front().sigma * c.state("latents_unit")), noise);
  Case loose = c;
  // The peer adds √(σ̂² − σ²) ζ without churn too, with a σ̂ that went through its schedule and back: where that rounds
  // upward, noise of 1e-7.
  if (c.args.text("discretization", "edm") == "edm" && c.args.text("schedule", "linear") == "vp")
    loose.tolerance = 1e-6;
  compare(c, "evals.sigma", sigmas, c.object("evals").numbers("sigma"));
  compare(loose, "evals.x", inputs, c.object("evals").states("x"));
  compare(loose, "x_final", end, c.state("x_final"));
}

// diff-sampler

/// The peer's grids from σ_max to σ_min.
Grid grid_of(const Case& c) {
  const int n = c.args.integer("num_steps") - 1;
  const double first = c.args.number("sigma_max", 80), last = c.args.number("sigma_min", 0.002),
               rho = c.args.number("schedule_rho", 7);
  const std::string type = c.args.choice("schedule_type", "polynomial", {"polynomial", "logsnr", "time_uniform"});
  if (type == "polynomial") return karras(EDM{}, n, first, last, rho);
  if (type == "logsnr") return exponential(EDM{}, n, first, last);
  std::vector<double> times = uniform(n, 1, std::pow(1e-3, 1 / rho));
  for (double& t : times) t = std::pow(t, rho);
  Grid grid;
  for (const Level& t : levels(vp_between(last, first), times)) grid.push_back(EDM{}(ratio(t)));
  return grid;
}

Table diff_table(const Case& c, const Grid& grid) {
  const std::string name = c.type.substr(c.type.rfind('.') + 1);
  if (name == "euler_sampler") return tabulate(DDIM{}, grid);
  if (name == "heun_sampler") return tabulate(Heun{}, grid);
  if (name == "dpm_2_sampler") return tabulate(Midpoint{.r = c.args.number("r", 0.5), .at = at_lambda(EDM{})}, grid);
  const int order = c.args.integer("max_order", 4);
  if (name == "ipndm_sampler") return tabulate(IPNDM{.order = order}, grid);
  if (name == "ipndm_v_sampler") return tabulate(LMS{.order = order}, grid);
  require(name == "deis_sampler", "no rule for ", name);
  if (c.id.starts_with("deis_rhoab")) return tabulate(LMS{.order = order}, grid);  // the id alone names the mode
  require(c.id.starts_with("deis_tab"), "no rule for the mode of deis_sampler in ", c.id);
  c.args.settled({"coeff_list"});              // ours are integrals
  const Quadratic vp = vp_between(0.002, 80);  // whatever the ends of the run
  return tabulate(DEIS{.order = order, .lower_order_final = false, .time = [=](double at) { return vp.time(at); }},
                  grid);
}

void check_diff(const Case& c) {
  const Grid grid = grid_of(c);
  std::vector<double> sigmas;
  for (const Level& t : grid) sigmas.push_back(t.sigma);
  compare(c, "sigmas", sigmas, c.numbers("sigmas"));
  if (c.type.ends_with("get_schedule")) return;

  Table rows = diff_table(c, grid);
  if (c.args.flag("denoise_to_zero", false)) rows.push_back({rows.back().to, clean, {.x0 = {1}}});
  // With an analytical first step the first slope is not asked for: ε̂ = x/√(1 + σ²).
  const bool analytical = c.args.flag("afs", false);
  const tests::Denoise exact = tests::exact_network(Prediction::x0, c.mixture);
  const tests::Denoise denoise = [&](const Batch& x, const Level& t) -> Batch {
    if (analytical && t.sigma == grid.front().sigma) return x * (1 - t.sigma / std::hypot(1, t.sigma));
    return exact(x, t);
  };
  Case loose = c;
  if (c.id.starts_with("deis_tab")) loose.tolerance = 1e-4;  // its integrals are sums of 10000 rectangles
  std::vector<Batch> states{grid.front().sigma * c.state("latents_unit")};
  tests::run(denoise, rows, Batch(states.front()), {}, [&](const Step& step, const Batch& x, const Batch&) {
    if (step.from.sigma == step.to.sigma)
      states.back() = x;
    else if (states.size() >= grid.size() || step.to.sigma <= grid[states.size()].sigma * (1 + 1e-9))
      states.push_back(x);
    return true;
  });
  compare(loose, "x", states, c.states("x"));
}

bool bracketed(const Case& c) {
  return c.type.ends_with("ipndm_v_sampler") && c.args.integer("max_order", 4) > 2;
}

}  // namespace

TEST_CASE("Golden: EDM", "[golden]") {
  tests::check_family("edm", {{tests::raises, "the peer throws"}}, check_edm);
}

TEST_CASE("Golden: diff-sampler", "[golden]") {
  tests::check_family(
      "diff_sampler",
      {{bracketed, "the peer's third-order weight is (1 - ab)/2 for (1 - a)b/2"}, {tests::raises, "the peer throws"}},
      check_diff);
}
