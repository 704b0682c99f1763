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

Grid grid_of(const Case& c) {
  return levels(given().chain, times(c, "steps_type", c.object("evals").numbers("n"), given()));
}

tests::Denoise model(const Case& c) {
  c.choice("state_space", "vp", {"vp"});
  const std::string kind = c.choice("model_output", "eps", {"eps", "x0"});
  return tests::exact_network(kind == "eps" ? Prediction::eps : Prediction::x0, c.mixture);
}

/// The variance of a "naive" case, or the posterior's to which with_variance adds.
Table rows(const Case& c, const Grid& grid, bool optimal) {
  const bool ddim = c.type.starts_with("reverse_ddim");
  const bool small = c.args.flag("small_sigma", false) || optimal;
  const DDIM family{c.args.number("eta", 0)};
  Table plain = ddim ? tabulate(family, grid) : tabulate(DDPM{small ? posterior_variance : forward_variance}, grid);
  for (auto& [t, s, row] : plain)  // a timestep that stands twice: the peer steps there too, with a clamped estimate
    if (ddim && same_lambda(t, s)) row = family.row(t, s);
  return optimal ? with_variance(plain, clipped_variance(variance_from(given().ms_eps), pixels)) : plain;
}

void check_ddpm(const Case& c, bool optimal) {
  const Table table = clip_sigma(c, rows(c, grid_of(c), optimal));
  compare_levels(c, table);
  if (optimal)
    check_statistics(c, table, variance_from(given().ms_eps));
  else
    check_statistics(c, table);
  const bool clamped = c.args.flag("clip_denoise", false) || optimal;
  compare(c, "x", trajectory(c, tests::limited(model(c), clamped ? tests::clip(1) : tests::Limit{}), table),
          c.states("x"));
}

/// The clamped x̂₀ with the unclamped ε̂: two estimates at once.
void check_ddim(const Case& c, bool optimal) {
  const Table table = clip_sigma(c, rows(c, grid_of(c), optimal));
  compare_levels(c, table);
  check_statistics(c, table);
  compare(c, "x", two_estimates(c, model(c), tests::clip(1), table), c.states("x"));
}

void check_bound(const Case& c, bool optimal) {
  const Table table = rows(c, grid_of(c), optimal);
  if (optimal) check_statistics(c, table, variance_from(given().ms_eps));
  const bool clamped = c.args.flag("clip_denoise", false) || optimal;
  const tests::Denoise denoise = tests::limited(model(c), clamped ? tests::clip(1) : tests::Limit{});
  compare_bound(c,
                tests::bound(denoise, table, c.state("x_0"), tests::recorded_bound_noise(c), bounding(given().chain)));
}

/// F[s, r]: the mean cost of a step, from the mean square error of the clamped estimate at r; F[0, r]: that of decoding
/// from r, with the variance σ_r², of r = 1 that of bounding(). And the cheapest paths from N to 0.
void check_cost_paths(const Case& c) {
  const int N = c.args.integer("N");
  const Discrete chain = named_chain(c.args);
  check_betas(c, chain);
  const Batch x0 = c.state("x_0"), theirs = c.state("F");
  const auto d = double(x0.rows());
  const tests::Denoise denoise = tests::limited(model(c), tests::clip(1));
  const auto noise = c.states("noise");
  const DDPM sampler{c.args.flag("small_sigma", false) ? posterior_variance : forward_variance};

  std::vector<double> error(std::size_t(N) + 1), decoding(std::size_t(N) + 1);
  Eigen::RowVectorXd prior;
  for (int r = 1; r <= N; ++r) {
    const Level t = chain(r);
    const tests::RecordedNoise drawn = [&](Batch& z, std::int64_t, std::int64_t) { z = noise[std::size_t(r) - 1]; };
    error[std::size_t(r)] = measured_variance(denoise, x0, {t}, drawn)(t);
    const double variance = r == 1 ? *bounding(chain).decoder_variance : t.sigma * t.sigma;
    const auto bound = tests::bound(denoise, Table{{t, chain(0), {.x0 = {1}}}}, x0, drawn, {1, variance});
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
  if (c.type == "inputs") return check_betas(c, named_chain(c));
  if (c.type == "_choice_steps") return check_steps(c, given());
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
  tests::check_family("analytic_dpm", {{tests::raises, "the peer throws"}}, check);
}
