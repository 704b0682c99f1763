// The authors' own DPM-Solver and UniPC, and their schedules. A step is taken between times of a schedule; the run ends
// above σ = 0.

#include "official.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using tests::Reference;
using tests::official::Process;

namespace {

/// n steps from time t to s by the peer's names.
Grid spaced(const Process& process, const std::string& skip, int n, double t, double s) {
  if (skip == "time_uniform") return levels(process, uniform(n, t, s));
  if (skip == "time_quadratic") return levels(process, quadratic(n, t, s));
  require(skip == "logSNR", "no rule for skip_type = \"", skip, "\"");
  if (t > s) return uniform_lambda(process, n, lambda(process(t)), lambda(process(s)));
  const Grid down = spaced(process, skip, n, s, t);
  return {down.rbegin(), down.rend()};
}

/// What the solvers are asked for, with the peer's defaults.
struct Asked {
  explicit Asked(const Case& c)
      : Asked(c.object("sample_args"), c.args.choice("algorithm_type", "dpmsolver++", {"dpmsolver", "dpmsolver++"})) {}

  std::string method, skip;
  int order, steps;
  bool taylor, lower_order_final, denoise_to_zero;
  Prediction prediction;

 private:
  Asked(const Reference& args, const std::string& algorithm)
      : method(args.choice("method", "multistep", {"multistep", "singlestep", "singlestep_fixed"})),
        skip(args.text("skip_type", "time_uniform")),
        order(args.integer("order", 2)),
        steps(args.integer("steps", 20)),
        taylor(args.choice("solver_type", "dpmsolver", {"dpmsolver", "taylor"}) == "taylor"),
        lower_order_final(args.flag("lower_order_final", true)),
        denoise_to_zero(args.flag("denoise_to_zero", false)),
        prediction(algorithm == "dpmsolver" ? Prediction::eps : Prediction::x0) {
    args.settled({"return_intermediate", "atol", "rtol"});  // of the adaptive method
  }
};

/// Steps of singlestep order: with time_uniform their stages are levels of one grid, else each outer step is spaced in
/// itself.
Table singlestep(const Asked& asked, const Process& process, double from, double to) {
  const bool fixed = asked.method == "singlestep_fixed";
  const std::vector<int> orders = fixed ? std::vector<int>(std::size_t(asked.steps / asked.order), asked.order)
                                        : orders_for(asked.steps, asked.order);
  const bool shared = asked.skip != "logSNR" && !fixed;
  const Grid outer = spaced(process, asked.skip, shared ? asked.steps : int(orders.size()), from, to);
  Table rows;
  std::size_t i = 0;
  for (const int p : orders) {
    const SinglestepDPMSolver method{.prediction = asked.prediction,
                                     .moments = p == 2 && !asked.taylor ? Moments::midpoint : Moments::exact,
                                     .quadratic = asked.taylor};
    const std::size_t next = i + (shared ? std::size_t(p) : 1);
    const Grid inner = shared ? Grid(outer.begin() + std::ptrdiff_t(i), outer.begin() + std::ptrdiff_t(next) + 1)
                              : spaced(process, asked.skip, p, outer[i].time, outer[next].time);
    for (const Step& step : method.stages(inner)) rows.push_back(step);
    i = next;
  }
  return rows;
}

/// The peer's third order is the same for both types of solver, with half of Taylor's second difference.
Table multistep(const Asked& asked, const Process& process, double from, double to) {
  return tabulate(DPMSolver{.order = asked.order,
                            .prediction = asked.prediction,
                            .moments = !asked.taylor      ? Moments::published
                                       : asked.order == 3 ? Moments::half_third
                                                          : Moments::exact,
                            .lower_order_final = asked.lower_order_final && asked.steps < 10},
                  spaced(process, asked.skip, asked.steps, from, to));
}

/// States at the levels of the peer's own list: stages left out, the start where it has it. Of ε̂ nothing is limited
/// but the estimate that denoises to zero.
void check_solver(const Case& c) {
  require(c.type == "dpm_solver_pytorch.DPM_Solver.sample" || c.type == "dpm_solver_pytorch.DPM_Solver.inverse",
          "no rule for ", c.type);
  const Process process(c);
  const Asked asked(c);
  const auto [from, to] = tests::official::ends(c);
  const bool stages = asked.method != "multistep", in_x0 = asked.prediction == Prediction::x0;
  Table rows = stages ? singlestep(asked, process, from, to) : multistep(asked, process, from, to);
  if (asked.denoise_to_zero) rows.push_back({rows.back().to, clean, {.x0 = {1}}});
  compare_levels(c, rows);
  const tests::Limit limit = tests::official::limit(c);
  const tests::Denoise exact = tests::official::denoiser(c);
  std::vector<Batch> states;
  if (!stages) states.push_back(c.state("x_init"));
  std::size_t row = 0;
  tests::run(in_x0 ? tests::limited(exact, limit) : exact, rows, c.state("x_init"), {},
             [&](const Step&, const Batch& x, const Batch&) {
               if (++row == rows.size() || depth(rows[row].row) == 1 || !stages) states.push_back(x);
               return true;
             });
  if (limit && !in_x0 && asked.denoise_to_zero) states.back() = limit(states.back());
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

/// The predictor by itself.
DPMSolver predictor_of(const UniPC& sampler) {
  return {.order = sampler.order,
          .prediction = sampler.prediction,
          .moments = sampler.moments,
          .lower_order_final = sampler.lower_order_final};
}

/// The rows of the peer with that corrector.
Table with_faulty_corrector(const UniPC& sampler, const Grid& grid) {
  const DPMSolver predictor = predictor_of(sampler);
  const bool in_x0 = sampler.prediction == Prediction::x0;
  const auto explicit_row = [&](std::size_t i) {
    return exponential_row(grid[i], grid[i + 1], predictor.nodes(grid, i), sampler.prediction, 0, sampler.moments);
  };
  Table rows = tabulate(sampler, grid);
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (const std::size_t K = predictor.nodes(grid, i - 1).size(); K > 1)
      rows[i].row = with_corrector(explicit_row(i), explicit_row(i - 1), faulty_corrector(grid, i - 1, K, in_x0));
  return rows;
}

/// The peer shows corrected states. A row of length zero at the end of a run that applies the corrector shows ours.
void check_unipc(const Case& c) {
  require(c.type == "uni_pc.UniPC.sample", "no rule for ", c.type);
  const Process process(c);
  const Reference args = c.object("sample_args");
  const std::string variant = c.args.choice("variant", "bh1", {"bh1", "bh2", "vary_coeff"}),
                    algorithm =
                        c.args.choice("algorithm_type", "noise_prediction", {"data_prediction", "noise_prediction"});
  args.only("method", "multistep");
  args.settled({"return_intermediate", "solver_type", "atol", "rtol"});  // of other methods
  const int order = args.integer("order", 3), steps = args.integer("steps", 20);
  UniPC sampler{.order = order,
                .prediction = algorithm == "data_prediction" ? Prediction::x0 : Prediction::eps,
                .moments = variant == "bh1"   ? Moments::flat
                           : variant == "bh2" ? Moments::midpoint
                                              : Moments::exact,
                .lower_order_final = args.flag("lower_order_final", true)};
  const auto [from, to] = tests::official::ends(c);
  const Grid grid = spaced(process, args.text("skip_type", "time_uniform"), steps, from, to);
  const tests::Limit limit = tests::official::limit(c);
  const tests::Denoise exact = tests::official::denoiser(c);
  const bool in_x0 = sampler.prediction == Prediction::x0, to_zero = args.flag("denoise_to_zero", false);
  const tests::Denoise denoise = in_x0 ? tests::limited(exact, limit) : exact;
  const auto table = [&](const Grid& on) {
    return variant == "vary_coeff" ? with_faulty_corrector(sampler, on) : tabulate(sampler, on);
  };
  Table rows = table(grid);
  if (to_zero) rows.push_back({grid.back(), clean, {.x0 = {1}}});
  compare_levels(c, rows);
  Batch end = tests::run(denoise, rows, c.state("x_init"));
  if (limit && !in_x0 && to_zero) end = limit(end);
  compare(c, "x_final", end, c.state("x_final"));
  sampler.lower_order_final = false;  // which the first steps of the whole run are not touched by
  const std::vector<Batch> theirs = c.states("intermediates");
  for (int i = 1; i <= steps - order; ++i) {
    Grid part(grid.begin(), grid.begin() + i + 1);
    part.push_back(part.back());
    Table shown = table(part);
    const DPMSolver predictor = predictor_of(sampler);
    const std::size_t last = std::size_t(i), K = predictor.nodes(part, last - 1).size();
    if (variant != "vary_coeff" || K == 1) shown.back().row = corrected_row({.x = 1}, part, last, predictor, int(K));
    compare(c, "intermediate", tests::run(denoise, shown, c.state("x_init")), theirs[std::size_t(i)]);
  }
}

/// α, σ and λ at the peer's times, and the times of its λ, where both have them.
void check_schedule(const Case& c) {
  const Process process(c);
  const std::vector<double> times = c.numbers("t"), lambdas = c.numbers("lam_in"),
                            inverse = c.numbers("inverse_lambda");
  const double first = process.discrete() ? 1.0 / c.integer("total_N") : 0, last = c.number("T");
  std::vector<double> ours[4], theirs[4];
  const char* const names[] = {"alpha", "sigma", "lambda", "inverse_lambda"};
  for (std::size_t i = 0; i < times.size(); ++i) {
    // Below 1/N the peer extrapolates, to α > 1 and σ = NaN; ours goes on to the data.
    if (times[i] < first || times[i] > last) continue;
    const Level level = process(times[i]);
    const double values[] = {level.alpha, level.sigma, lambda(level)};
    for (std::size_t k = 0; k < 3; ++k) ours[k].push_back(values[k]), theirs[k].push_back(c.numbers(names[k])[i]);
  }
  for (std::size_t i = 0; i < lambdas.size(); ++i) {
    if (inverse[i] < first || inverse[i] > last) continue;
    ours[3].push_back(process.time(lambdas[i])), theirs[3].push_back(inverse[i]);
  }
  for (std::size_t k = 0; k < 4; ++k) compare(c, names[k], ours[k], theirs[k]);
}

bool adaptive(const Case& c) {
  return c.object("sample_args").text("method", "") == "adaptive";
}

}  // namespace

TEST_CASE("Golden: dpm-solver", "[golden]") {
  tests::check_family("official_dpmsolver",
                      {{adaptive, "a run: compared in adaptive_dpm_solver.cpp"}, {tests::raises, "the peer throws"}},
                      check_solver);
}

TEST_CASE("Golden: UniPC", "[golden]") {
  tests::check_family("official_unipc", {{tests::raises, "the peer throws"}}, check_unipc);
}

TEST_CASE("Golden: the schedules of dpm-solver and UniPC", "[golden]") {
  tests::check_family("official_noise_schedules", {}, check_schedule);
}
