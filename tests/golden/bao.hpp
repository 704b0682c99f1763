#pragma once
// What the two code bases of Bao et al. share, Analytic-DPM and its extension. Indices are ours: 1 … N, 0 the data. The
// optimal variance is given as Γ̄_n = E‖ε̂‖²/d. Estimates of Cov[x₀ | x_n] are held to [0, 1], the range of data in
// [−1, 1].

#include <numeric>

#include "bounds.hpp"
#include "limited.hpp"

namespace tests::bao {

/// The inputs that every case of a family is given.
struct Inputs {
  tweedie::Discrete chain;
  std::vector<double> ms_eps;  ///< Γ̄_n, n = 0 … N
};

inline Inputs inputs(const std::string& family) {
  for (const Reference& object : read_reference(family).objects("cases"))
    if (object.text("class") == "inputs") {
      const std::vector<double> betas = object.numbers("betas");
      tweedie::require(betas.front() == 0, family, ": the peer counts from 1, with beta_0 = 0");
      return {tweedie::Discrete::from_betas(std::span(betas).subspan(1)), object.numbers("ms_eps")};
    }
  throw std::invalid_argument(family + ": the file has no case of class inputs");
}

/// v = (σ²/α²)(1 − Γ̄), ADPM-3, at the levels of the chain.
inline auto variance_from(const std::vector<double>& ms_eps) {
  return [ms_eps](const tweedie::Level& t) {
    const auto n = std::size_t(t.time);
    return t.sigma * t.sigma / (t.alpha * t.alpha) * (1 - ms_eps[n]);
  };
}
inline constexpr tweedie::Range pixels{-1, 1};

/// Times noisiest first, the data at the end, from a list of steps n = 1 … N.
inline std::vector<double> times_of(std::vector<double> steps) {
  std::reverse(steps.begin(), steps.end());
  steps.push_back(0);
  return steps;
}

/// The peer's trajectory "dp_seg": K of the steps 1 … N, cleanest first. Where an estimate Γ̄_n > 1 it distrusts the
/// steps from the first such n on, and as many before it; these it crosses in equal strides, by a share of the steps,
/// and searches among the others.
struct Split {
  int K1, N1, K2, bad;
};
inline Split split(const std::vector<double>& ms_eps, int K) {
  const int N = int(ms_eps.size()) - 1;
  int first = N + 1;
  for (int n = N; n >= 1; --n)
    if (ms_eps[std::size_t(n)] > 1) first = n;
  const int bad = 2 * (N - first + 1), N1 = N - bad;
  int K1 = std::min(N1, int(std::ceil((1 - 0.8 * bad / N) * K))), K2 = K - K1;
  if (K2 > bad) K2 = bad;
  if (bad > 0 && K2 == 0) K2 = 1;
  K1 = K - K2;
  return {K1, N1, K2, bad};
}
inline std::vector<double> searched_steps(const tweedie::Discrete& chain, const std::vector<double>& ms_eps, int K) {
  const auto [K1, N1, K2, bad] = split(ms_eps, K);
  tweedie::Grid candidates;
  for (int n = N1; n >= 0; --n) candidates.push_back(chain(n));
  std::vector<double> steps;
  for (const tweedie::Level& t : tweedie::optimal_trajectory(candidates, K1, variance_from(ms_eps)).grid)
    steps.insert(steps.begin(), t.time);
  steps.erase(steps.begin());  // the data
  for (int k = K2 - 1; k >= 0; --k) steps.push_back(std::nearbyint(double(chain.steps()) - double(bad) / K2 * k));
  return steps;
}

/// A real number that is halfway, or an integer, to rounding may go either way.
inline double like(double value, double theirs, double (*round)(double)) {
  return round(value + 1e-9) == theirs ? theirs : round(value - 1e-9);
}

/// The peer's lists of n of the steps 1 … N, cleanest first. "linear" is `uniform` from N to 1, rounded; "quad_ddim" is
/// `quadratic` from 0.8 N to 0, cut to integers, and 1 added; "powerP" is n = 1 + (N − 1)(1 − u^(1/P)), u linear, rounded,
/// each at least one above the one before; "linear_ddim" is every ⌊N/n⌋-th from the first, perhaps one more than n;
/// "dp_seg" is searched.
inline std::vector<double> steps_of_type(const std::string& type, int N, int n, const std::vector<double>& theirs,
                                         const Inputs& given) {
  if (type == "dp_seg") return searched_steps(given.chain, given.ms_eps, n);
  std::vector<double> ours;
  if (type == "linear_ddim") {
    for (int k = 1; k <= N; k += N / n) ours.push_back(k);
    return ours;
  }
  const auto nearest = [](double value) { return std::nearbyint(value); };
  const auto below = [](double value) { return std::floor(value) + 1; };
  for (int i = 0; i < n; ++i) {
    const double their = theirs[std::min(std::size_t(i), theirs.size() - 1)];
    if (type == "linear") {
      ours.push_back(like(n == 1 ? N : tweedie::uniform(n - 1, 1, N)[std::size_t(i)], their, nearest));
    } else if (type == "quad_ddim") {
      ours.push_back(like(tweedie::quadratic(n - 1, 0, 0.8 * N)[std::size_t(i)], their, below));
    } else {
      tweedie::require(type.starts_with("power"), "no rule for steps of type \"", type, "\"");
      const double u = 1 - double(i) / (n - 1), power = std::stod(type.substr(5));
      ours.push_back(like(1 + (N - 1) * (1 - std::pow(u, 1 / power)), their, nearest));
      if (i > 0) ours.back() = std::fmax(ours.back(), ours[std::size_t(i) - 1] + 1);
    }
  }
  return ours;
}
inline void check_steps(const Case& c, const Inputs& given) {
  const std::vector<double> theirs = c.numbers("steps");
  compare(c, "steps",
          steps_of_type(c.args.text("typ"), c.args.integer("N"), c.args.integer("sample_steps"), theirs, given),
          theirs);
}
/// The times of a run, by the type of steps that `key` names, compared with those of the peer's evaluations.
inline std::vector<double> times(const Case& c, const std::string& key, const std::vector<double>& visited,
                                 const Inputs& given) {
  const std::vector<double> theirs(visited.rbegin(), visited.rend());
  const int n = c.args.integer("sample_steps");
  const std::vector<double> ours = steps_of_type(c.args.text(key, "linear"), given.chain.steps(), n, theirs, given);
  compare(c, "steps", ours, theirs);
  return times_of(ours);
}

/// The chain of a name.
inline tweedie::Discrete named_chain(const Reference& args) {
  const int N = args.integer("N");
  return args.choice("beta_schedule", {"linear", "cosine"}) == "linear"
             ? tweedie::Discrete::linear(N, 0.1 / N, 20.0 / N)
             : tweedie::Discrete::cosine(N);
}
inline void check_betas(const Case& c, const tweedie::Discrete& schedule) {
  std::vector<double> betas{0};
  for (int n = 1; n <= schedule.steps(); ++n) betas.push_back(tweedie::forward_variance(schedule(n), schedule(n - 1)));
  compare(c, "betas", betas, c.numbers("betas"));
}

/// The rows that land below the clip_sigma_idx-th time of the list draw noise of at most clip_pixel grey levels.
inline tweedie::Table clip_sigma(const Case& c, const tweedie::Table& table) {
  const double most = c.args.number("clip_pixel", 2);
  return tweedie::limited_noise(table, c.args.integer("clip_sigma_idx", 0), most * 2 / 255);
}

/// The peer's numbers for a step, against the levels and the row.
inline void check_statistics(const Case& c, const tweedie::Table& table,
                             const std::function<double(const tweedie::Level&)>& variance = {}) {
  using namespace tweedie;
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
    number("sigma2_small", posterior_variance(from, to));
    number("sigma2_big", forward_variance(from, to));
    number("sigma2", row.z * row.z);
    if (to.sigma > 0) {
      number("var_q", posterior_variance(from, to));
      number("var_p", row.z * row.z);
    }
    if (!variance) continue;
    const double v = variance(from), held = clipped_variance(variance, pixels)(from),
                 c2 = std::pow(reverse_kernel(table[i]).c, 2);
    number("cov_x_0", v);
    number("cov_x0", v);
    number("cov_x_0_clamp", held);
    number("cov_x0_clip", held);
    number("coeff_cov_x_0", c2);
    number("coeff_cov_x0", c2);
    number("offset", c2 * held);
  }
}

/// The noise variance of the decoder, β̃² of the step from 2 to 1; the prior is N(0, I).
inline tweedie::Bounding bounding(const tweedie::Discrete& chain) {
  return {.prior_deviation = 1, .decoder_variance = tweedie::posterior_variance(chain(2), chain(1))};
}

/// Compares terms (the peer lists the decoder's first), their sum and the bits per dimension.
inline void compare_bound(const Case& c, const PublishedBound& bound) {
  const Eigen::MatrixXd terms = bound.terms.colwise().reverse();
  compare(c, "terms_nats", Batch(terms.transpose()), c.state("terms_nats"));
  const Eigen::VectorXd nats = bound.nats();
  compare(c, "nelbo_nats", std::vector<double>(nats.begin(), nats.end()), c.numbers("nelbo_nats"));
  const std::vector<double> bits = c.numbers("bpd");
  compare(c, "bpd", bound.bits_per_dimension(), std::accumulate(bits.begin(), bits.end(), 0.0) / double(bits.size()));
}

}  // namespace tests::bao
