// Extended-Analytic-DPM: variances for each coordinate from a second network output, DDPM and DDIM, and their bounds.
//   typ eps        E[ε | x] alone; the variance is given as Γ̄, or, "heuristic", is (σ²/α²)(1 − ε̂²) of the one estimate
//   typ eps_eps2   E[ε² | x] as well: SN
//   typ eps_epsc   Var[ε | x] as well: NPR at a perfect mean
//   typ eps_iddpm  a fraction between the logarithms of the two DDPM variances: learned range

#include "bao.hpp"
#include "likelihoods.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using namespace tests::bao;

namespace {

const Inputs& given() {
  static const Inputs inputs = tests::bao::inputs("extended_analytic_dpm");
  return inputs;
}

/// Var[ε | x] = (α²/σ²) Var[x₀ | x], elementwise.
Batch noise_variance(const Case& c, const Batch& x, const Level& t) {
  return t.alpha * t.alpha / (t.sigma * t.sigma) * c.mixture.variance(x, t);
}

std::string output_type(const Case& c) {
  return c.args.choice("typ", {"eps", "x0", "eps_eps2", "eps_epsc", "eps_iddpm"});
}
/// Both prediction kinds say the same of an exact model, and each is wrapped as its own network.
tests::Denoise model(const Case& c) {
  c.choice("state_space", "vp", {"vp"});
  const bool x0 = output_type(c) == "x0";
  return tests::limited(tests::exact_network(x0 ? Prediction::x0 : Prediction::eps, c.mixture),
                        c.args.flag("clip_x0", false) ? tests::clip(1) : tests::Limit{});
}

bool optimal(const Case& c) {
  return c.args.choice("rev_var_type", {"small", "big", "optimal"}) == "optimal";
}
/// One variance a level, or one for each number of the state.
bool elementwise(const Case& c) {
  c.args.only("ms_eps", "inputs.ms_eps");
  const bool heuristic = c.args.flag("clip_cov_x0", false);
  return optimal(c) && !c.args.has("ms_eps") && (output_type(c).starts_with("eps_") || heuristic);
}

/// The rows of DDPM with a fixed variance, or of DDIM.
Row plain_row(const Case& c, const Level& t, const Level& s) {
  if (c.args.has("eta")) return DDIM{c.args.number("eta")}.row(t, s);
  return DDPM{c.args.text("rev_var_type") == "big" ? forward_variance : posterior_variance}.row(t, s);
}
/// As a sampler.
struct Plain {
  const Case& c;
  Row row(const Level& t, const Level& s) const { return plain_row(c, t, s); }
};
Table table(const Case& c, const Grid& grid) {
  const Table plain = tabulate(Plain{c}, grid);
  const bool clips = c.args.flag("clip_x0", false);
  if (!optimal(c)) return plain;
  const auto variance = variance_from(given().ms_eps);
  return clips ? with_variance(plain, clipped_variance(variance, pixels)) : with_variance(plain, variance);
}

using Variance = std::function<Batch(const Batch& x, const Level& t, const Batch& x0)>;

/// The variance of each number, of the x̂₀ that is estimated.
Variance elementwise_variance(const Case& c) {
  const std::string type = output_type(c);
  const double infinity = std::numeric_limits<double>::infinity();
  if (type == "eps")
    return sn_variance([](const Batch& x, const Level&) -> Batch { return Batch::Ones(x.rows(), x.cols()); }, 1);
  if (type == "eps_eps2")
    return sn_variance(
        [&](const Batch& x, const Level& t) -> Batch {
          return noise_variance(c, x, t) + t.sigma * t.sigma * c.mixture.score(x, t).cwiseAbs2();
        },
        infinity);
  require(type == "eps_epsc", "no rule for an optimal variance of typ = \"", type, "\" without ms_eps");
  const auto npr = npr_variance([&](const Batch& x, const Level& t) { return noise_variance(c, x, t); });
  const bool averaged = c.args.flag("avg_cov", false);  // over each sample's coordinates
  return [npr, averaged](const Batch& x, const Level& t, const Batch&) -> Batch {
    const Batch v = npr(x, t);
    return averaged ? Batch(v.colwise().mean().replicate(x.rows(), 1)) : v;
  };
}
/// f(sampler) for the elementwise sampler of a case.
template <class F>
void with_elementwise(const Case& c, LastRow last_row, const F& f) {
  require(c.args.integer("clip_sigma_idx", 0) == 0,
          "no rule for clip_sigma_idx = ", c.args.integer("clip_sigma_idx", 0), " with a variance for each number");
  if (output_type(c) == "eps_iddpm")
    return f(tests::learned(learned_range([](const Batch& x, const Level&) -> Batch { return x.array().tanh(); }),
                            last_row));
  f(ElementwiseVariance<Plain, Variance>{Plain{c}, elementwise_variance(c), last_row});
}

void check_sampling(const Case& c) {
  const Grid grid = levels(given().chain, times(c, "trajectory", c.object("evals").numbers("n"), given()));
  if (!elementwise(c)) {
    const Table rows = clip_sigma(c, table(c, grid));
    compare_levels(c, rows);
    check_statistics(c, rows,
                     optimal(c) ? std::function<double(const Level&)>(variance_from(given().ms_eps)) : nullptr);
    return compare(c, "x", trajectory(c, model(c), rows), c.states("x"));
  }
  const Table rows = tabulate(Plain{c}, grid);
  compare_levels(c, rows);
  const tests::Steps steps = tests::steps_of(rows);
  with_elementwise(c, LastRow::mean, [&](const auto& sampler) {
    compare(c, "x", trajectory(c, model(c), sampler, steps), c.states("x"));
    // The statistic is the mean over all numbers of the state.
    const auto statistics = c.objects("statistics");
    const auto x = c.states("x");
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (statistics[i].has("sigma2")) {
        const auto& [t, s] = steps[i];
        compare(c, sentence("statistics[", i, "].sigma2"), sampler.row_variance(x[i], t, s, model(c)(x[i], t)).mean(),
                statistics[i].number("sigma2"));
      }
  });
}

tests::PublishedBound bound_of(const tests::Denoise& denoise, const tests::LearnedSampler& sampler, const Grid& grid,
                               const Batch& x0, const tests::RecordedNoise& noise, const Bounding& how) {
  return tests::bound(denoise, sampler, grid, x0, noise, how);
}
tests::PublishedBound bound_of(const tests::Denoise& denoise, const ElementwiseVariance<Plain, Variance>& sampler,
                               const Grid& grid, const Batch& x0, const tests::RecordedNoise& noise,
                               const Bounding& how) {
  return nelbo(denoise, sampler, x0, grid, noise, tests::published_decoder, how);
}

/// The steps of a bound are those of the statistics.
void check_bound(const Case& c) {
  std::vector<double> visited;
  for (const tests::Reference& step : c.objects("statistics")) visited.push_back(step.number("r"));
  const Grid grid = levels(given().chain, times(c, "trajectory", visited, given()));
  const Batch x0 = c.state("x_0");
  const Bounding how = bounding(given().chain);
  if (!elementwise(c))
    return compare_bound(c, tests::bound(model(c), table(c, grid), x0, tests::recorded_bound_noise(c), how));
  with_elementwise(c, LastRow::noise, [&](const auto& sampler) {
    compare_bound(c, bound_of(model(c), sampler, grid, x0, tests::recorded_bound_noise(c), how));
  });
}

/// Tables of a chain; one whose β exceed 1 is none, and refused.
void check_tables(const Case& c) {
  const std::vector<double> betas = c.numbers("betas");
  const auto chain = [&] { return Discrete::from_betas(std::span(betas).subspan(1)); };
  if (*std::max_element(betas.begin(), betas.end()) > 1) {
    const std::string message = tests::refusal(chain);
    CHECK(tests::contains(message, "outside [0, 1]"));
    return compare(c, "refused", 1, tests::contains(message, "beta_") ? 1 : 0);
  }
  const Discrete schedule = chain();
  const Batch theirs = c.state("skip_betas");
  for (int t = 1; t <= schedule.steps(); ++t)
    for (int s = 0; s < t; ++s) compare(c, "skip_betas", forward_variance(schedule(t), schedule(s)), theirs(t, s));
}

void check_vp_schedule(const Case& c) {
  const VariancePreserving process{c.args.number("beta_min"), c.args.number("beta_max")};
  const int N = c.args.integer("N");
  std::vector<double> betas{0};
  for (int n = 1; n <= N; ++n) betas.push_back(forward_variance(process(double(n) / N), process(double(n - 1) / N)));
  compare(c, "betas", betas, c.numbers("betas"));
}

/// Equal steps of the reverse equations in time from 1 to eps, and one onto 0 without noise.
void check_euler(const Case& c) {
  const VariancePreserving process{c.args.number("beta_min"), c.args.number("beta_max")};
  std::vector<double> visited = uniform(c.args.integer("sample_steps") - 1, 1, c.args.number("eps"));
  compare(c, "evals.t", visited, c.object("evals").numbers("t"));
  visited.push_back(0);
  const bool ode = c.type.find("ODE") != std::string::npos;
  const Table rows = tabulate(EulerMaruyama{ode ? 0.0 : 1.0}, levels(process, visited));
  compare(c, "x", trajectory(c, tests::exact_network(Prediction::score, c.mixture), rows), c.states("x"));
}

/// The likelihood by the probability flow with one probe of signs, −log p at t_init.
void check_flow(const Case& c) {
  const VariancePreserving process{c.args.number("beta_min"), c.args.number("beta_max")};
  c.args.only("hutchinson_type", "Rademacher");
  c.args.settled({"rtol", "atol", "method"});  // the case's tolerance follows from them
  const Level from = process(c.args.number("t_init"));
  const auto found = tests::probed(c, c.state("data"), c.state("rademacher_v"), Probe::rademacher, from, process(1),
                                   at_lambda(process), 1);
  compare(c, "nll_nats", -found.log_density, tests::column(c, "nll_nats"));
  compare(c, "prior_logp", NormalPrior{1}(found.latent, clean), tests::column(c, "prior_logp"));
  compare(c, "exact_nll_at_t_init", -c.mixture.log_density(c.state("data"), from),
          tests::column(c, "exact_nll_at_t_init"));
}

void check(const Case& c) {
  if (c.type == "inputs") return check_betas(c, named_chain(c));
  if (c.type == "Schedule") return check_tables(c);
  if (c.type == "_choice_steps") return check_steps(c, given());
  if (c.type.starts_with("sample_dtdpm")) return check_sampling(c);
  if (c.type == "nelbo_dtdpm") return check_bound(c);
  if (c.type.starts_with("euler_maruyama")) return check_euler(c);
  if (c.type == "VPSDE.get_schedule") return check_vp_schedule(c);
  if (c.type == "ode_nll") return check_flow(c);
  throw std::invalid_argument("no rule for " + c.type);
}

}  // namespace

TEST_CASE("Golden: Extended-Analytic-DPM", "[golden]") {
  tests::check_family("extended_analytic_dpm", {{tests::raises, "the peer throws"}}, check);
}
