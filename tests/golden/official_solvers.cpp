// The authors' own DPM-Solver and UniPC, and their schedules. A step is taken between times of a schedule; the run ends
// above σ = 0.

#include "limited.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using tests::Reference;

namespace {

/// Time is in [0, 1]; a discrete chain has its n at n/T, and between them ln α linear.
class Process {
 public:
  explicit Process(const Case& c) : name_(c.object("schedule").text("schedule")) {
    const Reference schedule = c.object("schedule");
    if (name_ == "linear")
      vp_ = {schedule.number("continuous_beta_0"), schedule.number("continuous_beta_1")};
    else if (name_ == "discrete") {
      const int T = schedule.integer("T");
      const double first = schedule.number("beta_start"), last = schedule.number("beta_end");
      const Discrete whole = schedule.text("betas") == "linear" ? Discrete::linear(T, first, last)
                                                                : Discrete::scaled_linear(T, first, last);
      std::vector<double> alpha_bars;  // without the end where λ < −5.1
      for (int n = 1; n <= c.integer("total_N"); ++n) alpha_bars.push_back(whole(n).alpha * whole(n).alpha);
      chain_ = Discrete::from_alpha_bars(alpha_bars);
    } else
      require(name_ == "cosine", "no rule for the schedule ", name_);
  }
  Level operator()(double t) const {
    Level level = name_ == "linear" ? vp_(t) : name_ == "cosine" ? Cosine{}(t) : chain_(t * chain_.steps());
    level.time = t;
    return level;
  }
  double time(double lambda) const {
    return name_ == "linear"   ? vp_.time(lambda)
           : name_ == "cosine" ? Cosine{}.time(lambda)
                               : chain_.time(lambda) / chain_.steps();
  }

 private:
  std::string name_;
  VariancePreserving vp_;
  Discrete chain_ = Discrete::linear(1000);
};

/// n steps from time t to s by the peer's names.
Grid spaced(const Process& process, const std::string& skip, int n, double t, double s) {
  if (skip == "time_uniform") return levels(process, uniform(n, t, s));
  if (skip == "time_quadratic") return levels(process, quadratic(n, t, s));
  require(skip == "logSNR", "no rule for skip_type ", skip);
  if (t > s) return uniform_lambda(process, n, lambda(process(t)), lambda(process(s)));
  const Grid down = spaced(process, skip, n, s, t);
  return {down.rbegin(), down.rend()};
}

/// Steps of singlestep order: with time_uniform their stages are levels of one grid, else each outer step is spaced in
/// itself.
Table singlestep(const Case& c, const Process& process, double from, double to) {
  const Reference args = c.object("sample_args");
  const std::string skip = args.text("skip_type");
  const int order = args.integer("order"), steps = args.integer("steps");
  const bool fixed = args.text("method") == "singlestep_fixed", taylor = args.text("solver_type", "") == "taylor";
  const std::vector<int> orders =
      fixed ? std::vector<int>(std::size_t(steps / order), order) : orders_for(steps, order);
  const bool shared = skip != "logSNR" && !fixed;
  const Grid outer = spaced(process, skip, shared ? steps : int(orders.size()), from, to);
  Table rows;
  std::size_t i = 0;
  for (const int p : orders) {
    const SinglestepDPMSolver method{
        .prediction = c.args.text("algorithm_type") == "dpmsolver" ? Prediction::eps : Prediction::x0,
        .moments = p == 2 && !taylor ? Moments::midpoint : Moments::exact,
        .quadratic = taylor};
    const std::size_t next = i + (shared ? std::size_t(p) : 1);
    const Grid inner = shared ? Grid(outer.begin() + std::ptrdiff_t(i), outer.begin() + std::ptrdiff_t(next) + 1)
                              : spaced(process, skip, p, outer[i].time, outer[next].time);
    for (const Step& step : method.stages(inner)) rows.push_back(step);
    i = next;
  }
  return rows;
}

Table multistep(const Case& c, const Process& process, double from, double to) {
  const Reference args = c.object("sample_args");
  const int order = args.integer("order"), steps = args.integer("steps");
  const Moments moments = args.text("solver_type", "") == "taylor" ? Moments::exact : Moments::published;
  return tabulate(
      DPMSolver{.order = order,
                .prediction = c.args.text("algorithm_type") == "dpmsolver" ? Prediction::eps : Prediction::x0,
                .moments = moments,
                .lower_order_final = steps < 10},
      spaced(process, args.text("skip_type"), steps, from, to));
}

tests::Limit limit(const Case& c) {
  if (!c.args.has("correcting_x0_fn")) return {};
  const double quantile = c.args.number("dynamic_thresholding_ratio"), least = c.args.number("thresholding_max_val");
  return [=](const Batch& x0) -> Batch { return thresholded(tests::constant(x0), quantile, least)(x0, clean) / least; };
}

Prediction kind(const Case& c) {
  const std::string name = c.text("model_type");
  return name == "noise"     ? Prediction::eps
         : name == "x_start" ? Prediction::x0
         : name == "v"       ? Prediction::v
                             : Prediction::score;
}

/// The exact network, guided where the case says so. The peer guides ε̂, whatever its network predicts.
tests::Denoise denoiser(const Case& c) {
  const auto network = [&](const GaussianMixture<>& mixture) { return tests::exact_network(kind(c), mixture); };
  if (!c.has("guidance")) return network(c.mixture);
  const Reference guidance = c.object("guidance");
  const std::vector<int> component{guidance.integer("component")};
  const double scale = guidance.number("scale");
  if (guidance.text("type") == "classifier-free")
    return classifier_free_scale(network(c.mixture.subset(component)), network(c.mixture), scale);
  require(guidance.text("type") == "classifier", "no rule for guidance of type ", guidance.text("type"));
  return classifier(
      network(c.mixture),
      [mixture = c.mixture, component](const Batch& x, const Level& t) {
        return mixture.log_probability_gradient(component, x, t);
      },
      scale);
}

/// States at the levels of the peer's own list: stages left out, the start where it has it.
void check_solver(const Case& c) {
  const Process process(c);
  const Reference args = c.object("sample_args");
  const double from = args.number("t_start", 1), to = args.number("t_end", 1.0 / c.integer("total_N"));
  const bool stages = args.text("method") != "multistep";
  Table rows = stages ? singlestep(c, process, from, to) : multistep(c, process, from, to);
  if (args.flag("denoise_to_zero", false)) rows.push_back({rows.back().to, clean, {.x0 = {1}}});
  compare_levels(c, rows);
  const auto denoise = tests::limited(denoiser(c), limit(c));
  std::vector<Batch> states;
  if (!stages) states.push_back(c.state("x_init"));
  std::size_t row = 0;
  sample(denoise, rows, c.state("x_init"), {}, [&](const Step&, const Batch& x, const Batch&) {
    if (++row == rows.size() || depth(rows[row].row) == 1 || !stages) states.push_back(x);
  });
  compare(c, "intermediates", states, c.states("intermediates"));
  compare(c, "x_final", states.back(), c.state("x_final"));
}

/// The corrector of "vary_coeff" sums over Σ_j h φ_{j+2} Σ_m A_jm D_m, A the inverse of r_m^j/(j + 1)!. The peer's last
/// difference D, the one at the new estimate, has a single term of the sum, and the others lack their last: of two
/// estimates and more its row is another.
Row faulty_corrector(const Grid& grid, std::size_t i, std::size_t K, bool in_x0) {
  const Level &t = grid[i], &s = grid[i + 1];
  const double h = lambda(s) - lambda(t), z = in_x0 ? -h : h, scale = in_x0 ? s.alpha : s.sigma;
  Eigen::MatrixXd C(K, K);
  std::vector<double> r, h_phi;  // h φ_1, h φ_2, …
  for (std::size_t m = 1; m < K; ++m) r.push_back((lambda(grid[i - m]) - lambda(t)) / h);
  r.push_back(1);
  for (std::size_t j = 0; j <= K; ++j) h_phi.push_back(z * phi(int(j) + 1, z));
  for (std::size_t m = 0; m < K; ++m)
    for (std::size_t j = 0; j < K; ++j)
      C(Eigen::Index(m), Eigen::Index(j)) = std::pow(r[m], j) / std::tgamma(double(j) + 2);
  const Eigen::MatrixXd A = C.inverse();
  Row row{.x = in_x0 ? s.sigma / t.sigma : s.alpha / t.alpha};
  auto& slots = in_x0 ? row.x0 : row.eps;  // the new one, that at t, older ones
  slots[1] = -scale * h_phi[0];
  for (std::size_t m = 0; m < K; ++m) {
    double weight = 0;
    if (m + 1 < K)
      for (std::size_t j = 0; j + 1 < K; ++j) weight += h_phi[j + 1] * A(Eigen::Index(j), Eigen::Index(m)) / r[m];
    else
      weight = h_phi[K] * A(Eigen::Index(K) - 2, Eigen::Index(K) - 1);
    slots[m + 1 < K ? m + 2 : 0] -= scale * weight;
    slots[1] += scale * weight;
  }
  return row;
}

/// The rows of the peer with that corrector.
Table with_faulty_corrector(const UniPC& sampler, const Grid& grid) {
  UniPC predictor = sampler;
  predictor.corrector = false;
  const bool in_x0 = sampler.prediction == Prediction::x0;
  const auto explicit_row = [&](std::size_t i) {
    const std::size_t p = depth(predictor.row(grid, i));
    return exponential_row(grid[i], grid[i + 1], newest(grid, i, p), sampler.prediction, 0, sampler.moments);
  };
  Table rows = tabulate(sampler, grid);
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (const std::size_t K = depth(predictor.row(grid, i - 1)); K > 1)
      rows[i].row = with_corrector(explicit_row(i), explicit_row(i - 1), faulty_corrector(grid, i - 1, K, in_x0));
  return rows;
}

/// The peer shows corrected states. A step of length zero at the end of a run shows ours.
void check_unipc(const Case& c) {
  const Process process(c);
  const Reference args = c.object("sample_args");
  const std::string variant = c.args.text("variant");
  const int order = args.integer("order"), steps = args.integer("steps");
  UniPC sampler{.order = order,
                .prediction = c.args.text("algorithm_type") == "data_prediction" ? Prediction::x0 : Prediction::eps,
                .moments = variant == "bh1"   ? Moments::flat
                           : variant == "bh2" ? Moments::midpoint
                                              : Moments::exact,
                .lower_order_final = args.flag("lower_order_final", true)};
  const Grid grid =
      spaced(process, args.text("skip_type"), steps, c.number("T"), args.number("t_end", 1.0 / c.integer("total_N")));
  const auto denoise = tests::exact_network(kind(c), c.mixture);
  const auto table = [&](const Grid& on) {
    return variant == "vary_coeff" ? with_faulty_corrector(sampler, on) : tabulate(sampler, on);
  };
  Table rows = table(grid);
  if (args.flag("denoise_to_zero", false)) rows.push_back({grid.back(), clean, {.x0 = {1}}});
  compare_levels(c, rows);
  compare(c, "x_final", sample(denoise, rows, c.state("x_init")), c.state("x_final"));
  sampler.lower_order_final = false;  // which the first steps of the whole run are not touched by
  const std::vector<Batch> theirs = c.states("intermediates");
  for (int i = 1; i <= steps - order; ++i) {
    Grid part(grid.begin(), grid.begin() + i + 1);
    part.push_back(part.back());
    compare(c, "intermediate", sample(denoise, table(part), c.state("x_init")), theirs[std::size_t(i)]);
  }
}

bool adaptive(const Case& c) {
  return c.object("sample_args").text("method") == "adaptive";
}

}  // namespace

TEST_CASE("Golden: dpm-solver", "[golden]") {
  tests::check_family("official_dpmsolver", {{adaptive, "a run: compared in adaptive_dpm_solver.cpp"}}, check_solver);
}

TEST_CASE("Golden: UniPC", "[golden]") {
  tests::check_family("official_unipc", {}, check_unipc);
}

TEST_CASE("Golden: the schedules of dpm-solver and UniPC", "[golden]") {
  tests::check_family("official_noise_schedules", {}, [](const Case& c) {
    const Process process(c);
    std::vector<double> ours[3], theirs[3];
    const std::vector<double> times = c.numbers("t");
    const char* const names[] = {"alpha", "sigma", "lambda"};
    for (std::size_t i = 0; i < times.size(); ++i) {
      // Below 1/N the peer extrapolates, to α > 1 and σ = NaN; ours goes on to the data.
      if (c.object("schedule").text("schedule") == "discrete" && times[i] < 1.0 / c.integer("total_N")) continue;
      if (times[i] > c.number("T")) continue;
      const Level level = process(times[i]);
      const double values[] = {level.alpha, level.sigma, lambda(level)};
      for (std::size_t k = 0; k < 3; ++k) ours[k].push_back(values[k]), theirs[k].push_back(c.numbers(names[k])[i]);
    }
    for (std::size_t k = 0; k < 3; ++k) compare(c, names[k], ours[k], theirs[k]);
  });
}
