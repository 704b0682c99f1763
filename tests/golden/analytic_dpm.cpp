// Analytic-DPM: DDPM with the small, the large and the optimal variance, DDIM of any η, searched trajectories, and
// bounds. Its x̂₀ is always clamped to [−1, 1] where the variance is optimal, and in its DDIM, which keeps the ε̂ of
// the unclamped one.

#include "bao.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using namespace tests::bao;

namespace {

const Inputs& given() {
  static const Inputs inputs = tests::bao::inputs("analytic_dpm");
  return inputs;
}

void check_inputs(const Case& c) {
  const int N = c.integer("N");
  const std::string name = c.text("beta_schedule");
  require(name == "linear" || name == "cosine", "no rule for beta_schedule ", name);
  const Discrete schedule = name == "linear" ? Discrete::linear(N, 0.1 / N, 20.0 / N) : Discrete::cosine(N);
  std::vector<double> betas{0};
  for (int n = 1; n <= N; ++n) betas.push_back(forward_variance(schedule(n), schedule(n - 1)));
  compare(c, "betas", betas, c.numbers("betas"));
}

/// A real number that is halfway, or an integer, to rounding may go either way.
double like(double value, double theirs, double (*round)(double)) {
  return round(value + 1e-9) == theirs ? theirs : round(value - 1e-9);
}

/// "linear" is `uniform` from N to 1, rounded; "quad_ddim" is `quadratic` from 0.8 N to 0, cut to integers, and 1
/// added; "powerP" is n = 1 + (N − 1)(1 − u^(1/P)), u linear, rounded, each at least one above the one before.
void check_steps(const Case& c) {
  const int N = c.args.integer("N"), n = c.args.integer("sample_steps");
  const std::string type = c.args.text("typ");
  const std::vector<double> theirs = c.numbers("steps");
  if (type == "dp_seg") return compare(c, "steps", searched_steps(given().chain, given().ms_eps, n), theirs);
  const auto nearest = [](double value) { return std::nearbyint(value); };
  const auto below = [](double value) { return std::floor(value) + 1; };
  std::vector<double> ours;
  for (int i = 0; i < n; ++i) {
    const double their = theirs[std::min(std::size_t(i), theirs.size() - 1)];
    if (type == "linear") {
      ours.push_back(like(n == 1 ? N : uniform(n - 1, 1, N)[std::size_t(i)], their, nearest));
    } else if (type == "quad_ddim") {
      ours.push_back(like(quadratic(n - 1, 0, 0.8 * N)[std::size_t(i)], their, below));
    } else {
      require(type.starts_with("power"), "no rule for steps of typ ", type);
      const double u = 1 - double(i) / (n - 1), power = std::stod(type.substr(5));
      ours.push_back(like(1 + (N - 1) * (1 - std::pow(u, 1 / power)), their, nearest));
      if (i > 0) ours.back() = std::fmax(ours.back(), ours[std::size_t(i) - 1] + 1);
    }
  }
  compare(c, "steps", ours, theirs);
}

/// F[s, r] = ln(1 − b²_{r|s} Γ_r), Γ_r = E‖score‖²/d: twice our cost, less ln(SNR_s/SNR_r), which telescopes.
void check_costs(const Case& c) {
  const int N = c.args.integer("N");
  const std::vector<double> ms_score = c.numbers("ms_score");
  const Batch theirs = c.state("F");
  double worst = 0;
  for (int s = 1; s <= N; ++s)
    for (int r = s + 1; r <= N; ++r) {
      const Level from = given().chain(r), to = given().chain(s);
      const double v = largest_variance(from) * (1 - from.sigma * from.sigma * ms_score[std::size_t(r)]);
      const double ours = 2 * (analytic_cost(from, to, v) - (lambda(to) - lambda(from)));
      worst = std::max(worst, std::abs(ours - theirs(r, s)));  // a list of F is a column here
    }
  compare(c, "F", worst, 0);
}

void check_split(const Case& c) {
  std::vector<double> ms_eps = given().ms_eps, last = c.numbers("ms_eps_last4");
  std::copy(last.begin(), last.end(), ms_eps.end() - std::ptrdiff_t(last.size()));
  const int K = c.args.integer("K");
  const auto [K1, N1, K2, bad] = split(ms_eps, K);
  compare(c, "K1_N1_K2_numbad", std::vector<double>{double(K1), double(N1), double(K2), double(bad)},
          c.numbers("K1_N1_K2_numbad"));
  compare(c, "steps", searched_steps(given().chain, ms_eps, K), c.numbers("steps"));

  // Our own search leaves the four levels out, but for the first, and prices every step that it considers.
  Grid candidates;
  for (int n = c.args.integer("N"); n >= 0; --n) candidates.push_back(given().chain(n));
  const Trajectory ours = optimal_trajectory(candidates, K, variance_from(ms_eps));
  CHECK(ours.left_out == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(ours.grid.size() == std::size_t(K) + 1);
  CHECK(std::isfinite(ours.cost));
}

std::vector<double> times(const Case& c) {
  std::vector<double> times = c.object("evals").numbers("n");
  times.push_back(0);
  return times;
}

/// The rows that land below the clip_sigma_idx-th time of the list draw noise of at most clip_pixel grey levels.
Table clip_sigma(const Case& c, const Table& table) {
  return limited_noise(table, c.args.integer("clip_sigma_idx", 0), c.args.number("clip_pixel", 2) * 2 / 255);
}

auto model(const Case& c) {
  const std::string kind = c.text("model_output", "eps");
  require(kind == "eps" || kind == "x0", "no rule for a model that outputs ", kind);
  return tests::exact_network(kind == "eps" ? Prediction::eps : Prediction::x0, c.mixture);
}

/// The variance of a "naive" case, or the posterior's to which with_variance adds.
Table rows(const Case& c, const Grid& grid, bool optimal) {
  const bool ddim = c.type.starts_with("reverse_ddim");
  const bool small = optimal || c.args.flag("small_sigma", false);
  const Table plain = ddim ? tabulate(DDIM{c.args.number("eta", 0)}, grid)
                           : tabulate(DDPM{small ? posterior_variance : forward_variance}, grid);
  return optimal ? with_variance(plain, clipped_variance(variance_from(given().ms_eps), pixels)) : plain;
}

void check_ddpm(const Case& c, bool optimal) {
  const Table table = clip_sigma(c, rows(c, levels(given().chain, times(c)), optimal));
  compare_levels(c, table);
  if (optimal)
    check_statistics(c, table, variance_from(given().ms_eps));
  else
    check_statistics(c, table);
  const bool clamped = optimal || c.args.flag("clip_denoise", false);
  compare(c, "x", trajectory(c, tests::limited(model(c), clamped ? tests::clip(1) : tests::Limit{}), table),
          c.states("x"));
}

/// The clamped x̂₀ with the unclamped ε̂: two estimates at once. The row says what each is multiplied by.
struct ClampedStep {
  const Table& table;

  template <class D, class Noise>
  Batch step(const D& denoise, const Batch& x, const Level& t, const Level& s, const Noise& noise) const {
    const auto at = std::find_if(table.begin(), table.end(),
                                 [&](const Step& step) { return step.from.time == t.time && step.to.time == s.time; });
    const Row& row = at->row;
    const Batch x0 = denoise(x, t), eps = (x - t.alpha * x0) / t.sigma;
    Batch z = Batch::Zero(x.rows(), x.cols());
    if (row.z != 0) noise(z);
    return row.x0[0] * tests::clip(1)(x0) + row.eps[0] * eps + row.z * z;
  }
};

void check_ddim(const Case& c, bool optimal) {
  const Table table = rows(c, levels(given().chain, times(c)), optimal);
  compare_levels(c, table);
  check_statistics(c, table);
  std::vector<std::pair<Level, Level>> steps;
  for (const Step& step : table) steps.push_back({step.from, step.to});
  compare(c, "x", trajectory(c, model(c), ClampedStep{table}, steps), c.states("x"));
}

void check_bound(const Case& c, bool optimal) {
  const Table table = rows(c, levels(given().chain, times(c)), optimal);
  if (optimal) check_statistics(c, table, variance_from(given().ms_eps));
  const tests::Limit limit = optimal || c.args.flag("clip_denoise", false) ? tests::clip(1) : tests::Limit{};
  compare_bound(c, nelbo(tests::limited(model(c), limit), table, c.state("x_0"), BoundNoise(c), decoder,
                         bounding(given().chain)));
}

/// F[s, r]: the mean cost of a step, from the mean square error of the clamped estimate at r; F[0, r]: that of decoding
/// from r, with the variance σ_r², of r = 1 that of bounding(). And the cheapest paths from N to 0.
void check_cost_paths(const Case& c) {
  const int N = c.args.integer("N");
  const std::vector<double> betas = c.numbers("betas");
  const Discrete chain = Discrete::from_betas(std::span(betas).subspan(1));
  const Batch x0 = c.state("x_0"), theirs = c.state("F");
  const auto d = double(x0.rows());
  const auto denoise = tests::limited(model(c), tests::clip(1));
  const auto noise = c.states("noise");
  const DDPM sampler{c.args.flag("small_sigma", false) ? posterior_variance : forward_variance};

  std::vector<double> error(std::size_t(N) + 1), decoding(std::size_t(N) + 1);
  Eigen::RowVectorXd prior;
  for (int r = 1; r <= N; ++r) {
    const Level t = chain(r);
    const auto drawn = [&](Batch& z) { z = noise[std::size_t(r) - 1]; };
    error[std::size_t(r)] = measured_variance(denoise, x0, {t}, drawn)(t);
    const double variance = r == 1 ? *bounding(chain).decoder_variance : t.sigma * t.sigma;
    const auto bound = nelbo(denoise, {{t, chain(0), {.x0 = {1}}}}, x0, drawn, decoder, {1, variance});
    decoding[std::size_t(r)] = bound.terms.row(1).mean();
    prior = bound.terms.row(0);  // at last that of N
  }
  const auto cost = [&](int r, int s) {
    return s == 0 ? decoding[std::size_t(r)]
                  : d * step_cost({chain(r), chain(s), sampler.row(chain(r), chain(s))}, error[std::size_t(r)]);
  };
  double worst = 0;
  for (int r = 1; r <= N; ++r)
    for (int s = 0; s < r; ++s) worst = std::max(worst, std::abs(cost(r, s) / theirs(r, s) - 1));
  compare(c, "F, relative", worst, 0);
  compare(c, "last_term", prior.mean(), c.number("last_term"));

  const auto paths = least_cost_paths(std::size_t(N) + 1, N,
                                      [&](std::size_t i, std::size_t j) { return cost(N - int(i), N - int(j)); });
  for (int K = 1; K <= N; ++K) {
    const std::string key = std::to_string(K);
    const Path& path = paths[std::size_t(K) - 1];
    if (c.object("dp_paths").has(key)) {
      std::vector<double> nodes;
      for (const std::size_t node : path.nodes) nodes.insert(nodes.begin(), N - double(node));
      compare(c, "dp_paths." + key, nodes, c.object("dp_paths").numbers(key));
    }
    for (const char* list : {"dp_nelbo", "solve_fn_dp_general_nelbo"})
      if (c.object(list).has(key)) compare(c, list + ("." + key), path.cost + prior.mean(), c.object(list).number(key));
  }
}

void check(const Case& c) {
  const bool optimal = c.type.find("ms_eps") != std::string::npos;
  if (c.type == "inputs") return check_inputs(c);
  if (c.type == "_choice_steps") return check_steps(c);
  if (c.type == "_get_fn_m") return check_costs(c);
  if (c.type == "_split/_dp_seg") return check_split(c);
  if (c.type.starts_with("reverse_ddpm")) return check_ddpm(c, optimal);
  if (c.type.starts_with("reverse_ddim")) return check_ddim(c, optimal);
  if (c.type.starts_with("nelbo_")) return check_bound(c, optimal);
  if (c.type == "get_nelbo_terms + dp_vb") return check_cost_paths(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: Analytic-DPM", "[golden]") {
  tests::check_family("analytic_dpm", {}, check);
}
