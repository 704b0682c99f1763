// Analytic-DPM's plain samplers: DDPM with the small or the large variance, DDIM of any η. Its DDIM always clamps x̂₀ to [−1, 1]
// and keeps the ε̂ of the unclamped one. Its indices are ours: 1 … N, 0 the data.

#include "limited.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;

namespace {

/// The β that every case of the file is given.
Discrete chain() {
  for (const tests::Reference& object : tests::read_reference("analytic_dpm").objects("cases"))
    if (object.text("class") == "inputs") {
      const std::vector<double> betas = object.numbers("betas");
      require(betas.front() == 0, "analytic_dpm: the peer counts from 1, with beta_0 = 0");
      return Discrete::from_betas(std::span(betas).subspan(1));
    }
  throw std::invalid_argument("analytic_dpm: the file has no case of class inputs");
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

/// "linear" is `uniform` from N to 1, rounded; "quad_ddim" is `quadratic` from 0.8 N to 0, cut to integers, and 1 added. A real
/// number that is halfway, or an integer, to rounding may go either way.
void check_steps(const Case& c) {
  const int N = c.args.integer("N"), n = c.args.integer("sample_steps");
  const bool linear = c.args.text("typ") == "linear";
  const std::vector<double> real = linear ? uniform(n - 1, N, 1) : quadratic(n - 1, 0.8 * N, 0);
  std::vector<double> theirs = c.numbers("steps"), ours;
  for (std::size_t i = 0; i < real.size(); ++i) {
    const double value = real[real.size() - 1 - i],
                 low = linear ? std::nearbyint(value - 1e-9) : std::floor(value - 1e-9) + 1,
                 high = linear ? std::nearbyint(value + 1e-9) : std::floor(value + 1e-9) + 1;
    ours.push_back(i < theirs.size() && theirs[i] == high ? high : low);
  }
  compare(c, "steps", ours, theirs);
}

std::vector<double> times(const Case& c) {
  std::vector<double> times = c.object("evals").numbers("n");
  times.push_back(0);
  return times;
}

/// The peer's numbers for each step, against the levels and the row.
void check_statistics(const Case& c, const Table& table) {
  const auto statistics = c.objects("statistics");
  CHECK(statistics.size() == table.size());
  for (std::size_t i = 0; i < std::min(statistics.size(), table.size()); ++i) {
    const auto& [from, to, row] = table[i];
    const auto number = [&](const char* key, double ours) {
      if (statistics[i].has(key)) compare(c, sentence("statistics[", i, "].", key), ours, statistics[i].number(key));
    };
    number("s", to.time);
    number("r", from.time);
    number("skip_beta", forward_variance(from, to));
    number("cum_beta_s", to.sigma * to.sigma);
    number("cum_beta_r", from.sigma * from.sigma);
    number("cum_alpha_s", to.alpha * to.alpha);
    number("sigma2", row.z * row.z);
  }
}

void check_ddpm(const Case& c) {
  // Steps that land below the clip_sigma_idx-th time of the list have at most this variance: 2/255 is a grey level of the data.
  const std::vector<double> visited = times(c);
  const auto clip_index = std::size_t(c.args.integer("clip_sigma_idx", 0));
  const double below = clip_index == 0 ? 0 : visited[visited.size() - 2 - clip_index];
  const double root = c.args.number("clip_pixel", 2) * 2 / 255 * std::sqrt(std::numbers::pi / 2);
  const bool small = c.args.flag("small_sigma", false);
  const DDPM sampler{[=](const Level& t, const Level& s) {
    const double variance = small ? posterior_variance(t, s) : forward_variance(t, s);
    return s.time < below ? std::fmin(variance, root * root) : variance;
  }};
  const Table table = tabulate(sampler, levels(chain(), visited));
  compare_levels(c, table);
  check_statistics(c, table);

  const std::string kind = c.text("model_output");
  require(kind == "eps" || kind == "x0", "no rule for a model that outputs ", kind);
  const auto model = tests::exact_network(kind == "eps" ? Prediction::eps : Prediction::x0, c.mixture);
  const tests::Limit limit = c.args.flag("clip_denoise", false) ? tests::clip(1) : tests::Limit{};
  compare(c, "x", trajectory(c, tests::limited(model, limit), table), c.states("x"));
}

void check_ddim(const Case& c) {
  const double eta = c.args.number("eta", 0);
  const Table table = tabulate(DDIM{eta}, levels(chain(), times(c)));
  compare_levels(c, table);
  check_statistics(c, table);

  std::vector<std::pair<Level, Level>> steps;
  for (const Step& step : table) steps.push_back({step.from, step.to});
  const auto model = tests::exact_network(Prediction::eps, c.mixture);
  compare(c, "x", trajectory(c, model, tests::LimitedDDIM{eta, tests::clip(1)}, steps), c.states("x"));
}

void check(const Case& c) {
  if (c.type == "inputs") return check_inputs(c);
  if (c.type == "_choice_steps") return check_steps(c);
  if (c.type == "reverse_ddpm_naive") return check_ddpm(c);
  if (c.type == "reverse_ddim_naive") return check_ddim(c);
  throw std::invalid_argument("no rule for " + c.type);
}

bool power_steps(const Case& c) {
  return c.type == "_choice_steps" && c.args.text("typ").starts_with("power");
}
bool searched_steps(const Case& c) {
  return c.type == "_choice_steps" && c.args.text("typ") == "dp_seg";
}

}  // namespace

TEST_CASE("Golden: Analytic-DPM's plain samplers", "[golden]") {
  using tests::of_type;
  tests::check_family(
      "analytic_dpm",
      {{power_steps, "n = 1 + (N - 1)(1 - (1 - u)^(1/p)): a spacing of the peer's own, no grid of this library"},
       {searched_steps, "a trajectory found by least cost: it comes with the search over trajectories"},
       {of_type({"_get_fn_m", "_split/_dp_seg"}), "costs of the search over trajectories: they come with it"},
       {of_type({"reverse_ddpm_ms_eps", "reverse_ddim_ms_eps"}),
        "the optimal variance from its estimates: it comes with with_variance"},
       {of_type({"nelbo_naive_ddpm", "nelbo_ms_eps_ddpm", "get_nelbo_terms + dp_vb"}),
        "the variational bound, which is not built yet"}},
      check);
}
