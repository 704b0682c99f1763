// flow_matching: its ODE solvers on the velocity of three paths, and likelihoods. Its time runs from noise, 0, to data,
// 1, and its solvers are torchdiffeq's, written here as what a user of velocity() would write.

#include <map>

#include "likelihoods.hpp"

using namespace tweedie;
using tests::Batch;
using tests::Case;
using tests::Reference;

namespace {

/// α x₁ + σ x₀ at time t, with its rates. The peer's σ is at least 1e−12.
class Path {
 public:
  /// The exponent and the β are named beside the path.
  Path(const std::string& name, const Reference& args)
      : name_(name), n_(args.number("n", 2)), vp_{args.number("beta_min", 0.1), args.number("beta_max", 20)} {
    require(name == "condot" || name == "poly" || name == "linear_vp" || name == "vp" || name == "cosine",
            "no rule for the path \"", name, "\"");
  }

  Level operator()(double t) const {
    const double sigma_least = 1e-12;
    if (name_ == "condot") return {t, t, std::max(1 - t, sigma_least), 1, -1};
    if (name_ == "poly") {
      const double alpha = std::pow(t, n_), rate = n_ * std::pow(t, n_ - 1);
      return {t, alpha, std::max(1 - alpha, sigma_least), rate, -rate};
    }
    if (name_ == "linear_vp") {
      const double sigma = std::max(std::sqrt(1 - t * t), sigma_least);
      return {t, t, sigma, 1, -t / sigma};
    }
    if (name_ == "vp") {  // our process with time turned
      const Level level = vp_(1 - t);
      return {t, level.alpha, std::max(level.sigma, sigma_least), -level.d_alpha, -level.d_sigma};
    }
    const double half_pi = std::numbers::pi / 2;
    return {t, std::sin(half_pi * t), std::max(std::cos(half_pi * t), sigma_least), half_pi * std::cos(half_pi * t),
            -half_pi * std::sin(half_pi * t)};
  }
  /// The time at which α/σ is this.
  double time_of_ratio(double ratio) const {
    const double alpha = at(std::log(ratio)).alpha;
    if (name_ == "poly") return std::pow(alpha, 1 / n_);
    if (name_ == "cosine") return std::asin(alpha) * 2 / std::numbers::pi;
    return name_ == "vp" ? 1 - vp_.time(std::log(ratio)) : alpha;
  }
  /// Which way the levels of a path lie; α + σ = 1 or α² + σ² = 1.
  Level at(double lambda) const {
    const double rho = std::exp(lambda);
    const double size = name_ == "condot" || name_ == "poly" ? 1 + rho : std::hypot(1, rho);
    return {.alpha = rho / size, .sigma = 1 / size};
  }

 private:
  std::string name_;
  double n_;
  VariancePreserving vp_;
};

/// The arguments of a path that a case names, all of which it may leave out.
Path path_of(const Case& c, const std::string& key) {
  c.args.settled({"n", "beta_min", "beta_max"});  // of other paths
  return {c.args.text(key), c.args.has("scheduler_args") ? c.args.object("scheduler_args") : c.args};
}
Path path_of(const Case& c) {
  static const std::map<std::string, std::string> names{{"CondOTScheduler", "condot"},
                                                        {"PolynomialConvexScheduler", "poly"},
                                                        {"VPScheduler", "vp"},
                                                        {"LinearVPScheduler", "linear_vp"},
                                                        {"CosineScheduler", "cosine"}};
  require(names.contains(c.type), "no rule for ", c.type);
  return {names.at(c.type), c.args};
}

/// Levels, the state between noise and data and its velocity, and what tells one output from another.
void check_path(const Case& c) {
  const Path path = path_of(c);
  std::vector<double> alpha, sigma, d_alpha, d_sigma, inverse;
  for (const double t : c.numbers("t")) {
    const Level level = path(t);
    alpha.push_back(level.alpha), sigma.push_back(level.sigma);
    d_alpha.push_back(level.d_alpha), d_sigma.push_back(level.d_sigma);
  }
  for (const double snr : c.numbers("snr")) inverse.push_back(path.time_of_ratio(snr));
  compare(c, "alpha", alpha, c.numbers("alpha"));
  compare(c, "sigma", sigma, c.numbers("sigma"));
  compare(c, "d_alpha", d_alpha, c.numbers("d_alpha"));
  compare(c, "d_sigma", d_sigma, c.numbers("d_sigma"));
  compare(c, "snr_inverse", inverse, c.numbers("snr_inverse"));

  const Level t = path(c.number("t_path"));
  const Batch noise = c.state("x_0"), data = c.state("x_1"), x = noised(data, t, noise);
  const Batch rate = target(Prediction::velocity, data, noise, t);
  compare(c, "x_t", x, c.state("x_t"));
  compare(c, "dx_t", rate, c.state("dx_t"));
  const tests::Reference conversions = c.object("conversions");
  const auto x0_from = [&](Prediction kind, const Batch& output) -> Batch {
    return network(kind, [&](const Batch&, const Level&) { return output; })(x, t);
  };
  const auto converted = [&](const std::string& name, Prediction from, const Batch& output, Prediction to) {
    const Batch x0 = x0_from(from, output), eps = (x - t.alpha * x0) / t.sigma;
    compare(c, name, target(to, x0, eps, t), conversions.state(name));
  };
  converted("target_to_velocity", Prediction::x0, data, Prediction::velocity);
  converted("epsilon_to_velocity", Prediction::eps, noise, Prediction::velocity);
  converted("velocity_to_target", Prediction::velocity, rate, Prediction::x0);
  converted("velocity_to_epsilon", Prediction::velocity, rate, Prediction::eps);
  converted("epsilon_to_target", Prediction::eps, noise, Prediction::x0);
  converted("target_to_epsilon", Prediction::x0, data, Prediction::eps);
}

/// A model of one path moves a state along another: it is asked at the level of the same α/σ, in its own scale.
void check_other_path(const Case& c) {
  const Path trained = path_of(c, "original"), path = path_of(c, "new");
  const auto model =
      network(Prediction::velocity, [&](const Batch& x, const Level& t) { return velocity(c.mixture, x, t); });
  const tests::Denoise denoise = [&](const Batch& x, const Level& t) -> Batch {
    const Level same = trained(trained.time_of_ratio(t.alpha / t.sigma));
    return model(Batch(x * (same.alpha / t.alpha)), same);
  };
  compare(c, "velocity", velocity(denoise, c.state("x"), path(c.args.number("t"))), c.state("velocity"));
}

/// At the peer's least σ, (x − αx̂₀)/σ has no digits left: ε̂ is told by the score there, and the divergence by its
/// limit, d α'/α.
bool at_least_noise(const Level& t) {
  return t.sigma <= 1e-12;
}
Batch velocity_at(const Case& c, const Batch& x, const Level& t) {
  if (!at_least_noise(t)) return velocity(c.mixture, x, t);
  const Batch eps = -t.sigma * c.mixture.score(x, t);
  return target(Prediction::velocity, c.mixture(x, t), eps, t);
}

/// One step of torchdiffeq's fixed-step methods; y may be any state with + and *.
template <class Y, class F>
Y fixed_step(const std::string& method, const F& f, const Y& y, double t, double h) {
  const Y k1 = f(y, t);
  if (method == "euler") return y + h * k1;
  if (method == "midpoint") return y + h * f(y + h / 2 * k1, t + h / 2);
  if (method == "heun2") return y + h / 2 * (k1 + f(y + h * k1, t + h));
  require(method == "rk4", "no rule for the method ", method);  // Kutta's 3/8 rule
  const Y k2 = f(y + h / 3 * k1, t + h / 3), k3 = f(y + h * (k2 - 1.0 / 3 * k1), t + 2 * h / 3),
          k4 = f(y + h * (k1 - k2 + k3), t + h);
  return y + h / 8 * (k1 + 3 * (k2 + k3) + k4);
}

void check_sampling(const Case& c) {
  const Path path = path_of(c, "scheduler");
  c.args.settled({"rtol", "atol", "step_size", "return_intermediates"});
  const std::vector<double> times = c.args.numbers("time_grid");
  const std::vector<Batch> theirs = c.states("x");
  std::vector<Batch> ours{theirs.front()};
  const auto f = [&](const Batch& x, double t) -> Batch { return velocity_at(c, x, path(t)); };
  if (c.args.text("method") == "dopri5") {
    Grid grid;
    for (const double t : times) grid.push_back(path(t));
    ours = tests::flowed(
        c.mixture, [&](double lambda) { return path.at(lambda); }, theirs.front(), grid);
  } else {
    // The steps are multiples of step_size; a time between is interpolated linearly.
    const double h = c.args.number("step_size");
    Batch x = theirs.front();
    double t = times.front();
    for (std::size_t i = 1; i < times.size();) {
      const double next = std::min(t + h, times.back());
      const Batch y = fixed_step(c.args.text("method"), f, x, t, next - t);
      for (; i < times.size() && times[i] <= next + 1e-12; ++i)
        ours.push_back(x + (times[i] - t) / (next - t) * (y - x));
      x = y, t = next;
    }
  }
  compare(c, "x", ours, theirs);
}

void check_likelihood(const Case& c) {
  const Path path = path_of(c, "scheduler");
  c.args.settled({"rtol", "atol", "step_size", "return_intermediates"});
  const std::vector<double> ends = c.args.has("time_grid") ? c.args.numbers("time_grid") : std::vector<double>{1, 0};
  const double begin = ends.front(), end = ends.back();
  const Batch data = c.state("x_1");
  const bool exact = c.args.flag("exact_divergence", true);
  const NormalPrior standard{1};
  const Eigen::Index d = data.rows();
  Eigen::VectorXd log_density;
  Batch source;
  if (c.args.text("method") == "dopri5") {
    const auto at = [&](double lambda) { return path.at(lambda); };
    const Level from = path(begin), to = path(end);
    const auto found = exact ? tests::exact_likelihood(c, data, from, to, at, 1)
                             : tests::probed(c, data, c.states("probe_normal").front().array().sign(),
                                             Probe::rademacher, from, to, at, 1);
    log_density = found.log_density, source = found.latent;
  } else {
    // The state and, in a last row, the logarithm of the determinant.
    Batch probe = data;
    if (!exact) probe = c.states("probe_normal").front().array().sign();
    const auto product = covariance_product(std::cref(c.mixture));
    const auto f = [&](const Batch& y, double t) -> Batch {
      const Level level = path(t);
      const Batch x = y.topRows(d);
      Eigen::ArrayXXd trace;
      if (exact)
        PosteriorTrace{std::cref(c.mixture)}(x, level, trace);
      else
        Hutchinson{product, 1, Probe::rademacher, tests::RecordedProbe{probe}}(x, level, trace);
      Batch rate(d + 1, y.cols());
      rate.topRows(d) = velocity_at(c, x, level);
      if (at_least_noise(level))
        rate.row(d).setConstant(double(d) * level.d_alpha / level.alpha);
      else
        rate.row(d) = velocity_divergence(level, d, trace).matrix();
      return rate;
    };
    const double h = c.args.number("step_size");
    Batch y = Batch::Zero(d + 1, data.cols());
    y.topRows(d) = data;
    for (double t = begin; t > end + 1e-12; t -= h)
      y = fixed_step(c.args.text("method"), f, y, t, std::max(t - h, end) - t);
    source = y.topRows(d);
    log_density = standard(source, clean) + y.row(d).transpose();
  }
  compare(c, "x_source", source, c.state("x_source"));
  compare(c, "log_likelihood", log_density, tests::column(c, "log_likelihood"));
  compare(c, "exact_log_p", c.mixture.log_density(data), tests::column(c, "exact_log_p"));
}

void check(const Case& c) {
  if (c.type == "ODESolver.sample") return check_sampling(c);
  if (c.type == "ODESolver.compute_likelihood") return check_likelihood(c);
  if (c.type == "ScheduleTransformedModel") return check_other_path(c);
  check_path(c);
}

// conditional-flow-matching: the path between a pair, x_t = μ_t + σ_t ε, and its velocity given both and ε, for each pair
// at a time of its own.

/// One pair as a column each.
struct Pair {
  double t;
  Batch x0, x1, eps;
};
struct Conditional {
  Batch mean, x, velocity;
  double sigma;
};

/// Independent coupling: α = t, σ = 1 − t between noise and data, with σ ε about it.
Conditional conditional(const std::string& type, double sigma, const Pair& pair) {
  const auto& [t, x0, x1, eps] = pair;
  const auto moved = [&](const Level& level, double noise) -> Conditional {
    const Batch mean = noised(x1, level, x0), x = mean + noise * eps;
    return {mean, x, target(Prediction::velocity, x1, x0, level), noise};
  };
  if (type == "ConditionalFlowMatcher") return moved({t, t, 1 - t, 1, -1}, sigma);
  if (type == "VariancePreservingConditionalFlowMatcher") {
    const double half_pi = std::numbers::pi / 2, a = std::sin(half_pi * t), s = std::cos(half_pi * t);
    return moved({t, a, s, half_pi * s, -half_pi * a}, sigma);
  }
  if (type == "TargetConditionalFlowMatcher") {  // of the data alone: α = t, σ = 1 − (1 − σ) t
    const Level level{t, t, 1 - (1 - sigma) * t, 1, -(1 - sigma)};
    return {t * x1, noised(x1, level, eps), target(Prediction::velocity, x1, eps, level), level.sigma};
  }
  require(type.starts_with("SchrodingerBridgeConditionalFlowMatcher"), "no rule for ", type);
  const double noise = sigma * std::sqrt(t * (1 - t));  // Brownian; the peer divides by 1e−8 more
  Conditional bridge = moved({t, t, 1 - t, 1, -1}, noise);
  bridge.velocity += (1 - 2 * t) / (2 * t * (1 - t) + 1e-8) * (bridge.x - bridge.mean);
  return bridge;
}

void check_conditional(const Case& c) {
  const double sigma = c.args.number("sigma");
  const Batch x0 = c.state("x0"), x1 = c.state("x1"), eps = c.state("epsilon");
  const std::vector<double> times = c.numbers("t");
  Batch mean = x0, x = x0, velocity = x0;
  std::vector<double> sigmas;
  for (Eigen::Index i = 0; i < x0.cols(); ++i) {
    const Pair pair{times[std::size_t(i)], x0.col(i), x1.col(i), eps.col(i)};
    const Conditional at = conditional(c.type, sigma, pair);
    mean.col(i) = at.mean, x.col(i) = at.x, velocity.col(i) = at.velocity;
    sigmas.push_back(at.sigma);
  }
  compare(c, "mu_t", mean, c.state("mu_t"));
  compare(c, "x_t", x, c.state("x_t"));
  compare(c, "u_t", velocity, c.state("u_t"));
  const bool moves = c.type.starts_with("Target") || c.type.starts_with("Schrodinger");
  compare(c, "sigma_t", moves ? sigmas : std::vector<double>{sigmas.front()},
          moves ? c.numbers("sigma_t") : std::vector<double>{c.number("sigma_t")});
  if (!c.has("lambda_t")) return;  // the weight of the score that is learned beside the velocity
  std::vector<double> weights;
  for (const double s : sigmas) weights.push_back(2 * s / (sigma * sigma + 1e-8));
  compare(c, "lambda_t", weights, c.numbers("lambda_t"));
}

}  // namespace

TEST_CASE("Golden: flow_matching", "[golden]") {
  tests::check_family("flow_matching", {{tests::of_type({"MixtureDiscreteEulerSolver"}), "flows of discrete data"}},
                      check);
}

TEST_CASE("Golden: conditional-flow-matching", "[golden]") {
  tests::check_family("torchcfm", {{tests::raises, "the peer throws"}}, check_conditional);
}
