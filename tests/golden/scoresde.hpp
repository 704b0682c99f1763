#pragma once
// What the tests of Song's code share: its three processes as levels in time, its tables by index, and its quirks. The
// grid has N points from 1 to eps, a step is 1/N long all the same, and β or σ of the step is that at the truncated
// index t(N − 1).

#include "trajectory.hpp"

namespace tests {

class SongProcess {
 public:
  explicit SongProcess(const Reference& args, const std::string& name) : name_(name), N_(args.integer("N")) {
    tweedie::require(name == "vp" || name == "ve" || name == "subvp", "no rule for sde = \"", name, "\"");
    if (name == "ve")
      sigma_min_ = args.number("sigma_min"), sigma_max_ = args.number("sigma_max");
    else
      beta_min_ = args.number("beta_min"), beta_max_ = args.number("beta_max");
  }
  explicit SongProcess(const Reference& args) : SongProcess(args, args.text("sde")) {}

  int N() const { return N_; }
  bool is(const std::string& name) const { return name_ == name; }

  /// VE is without σ(0)² here.
  tweedie::Level operator()(double t) const {
    if (is("vp")) return tweedie::VariancePreserving{beta_min_, beta_max_}(t);
    if (is("subvp")) return tweedie::SubVariancePreserving{beta_min_, beta_max_}(t);
    const double rate = std::log(sigma_max_ / sigma_min_), sigma = sigma_min_ * std::exp(rate * t);
    return {t, 1, sigma, 0, rate * sigma};
  }
  double time(double lambda) const {
    if (is("vp")) return tweedie::VariancePreserving{beta_min_, beta_max_}.time(lambda);
    if (is("subvp")) return tweedie::SubVariancePreserving{beta_min_, beta_max_}.time(lambda);
    return std::log(std::exp(-lambda) / sigma_min_) / std::log(sigma_max_ / sigma_min_);
  }
  /// Of N(0, deviation² I), its prior.
  double prior_deviation() const { return is("ve") ? sigma_max_ : 1; }

  int index(double t) const { return int(t * (N_ - 1)); }
  double beta(int i) const { return (beta_min_ + (beta_max_ - beta_min_) * i / (N_ - 1)) / N_; }
  double sigma(int i) const { return i < 0 ? 0 : sigma_min_ * std::pow(sigma_max_ / sigma_min_, double(i) / (N_ - 1)); }
  /// The forward step that ends at time t; sub-VP, which has no table, takes one of Euler-Maruyama.
  tweedie::Transition step(double t) const {
    const int i = index(t);
    if (is("vp")) return {std::sqrt(1 - beta(i)), beta(i)};
    if (is("ve")) return {1, sigma(i) * sigma(i) - sigma(i - 1) * sigma(i - 1)};
    const tweedie::Level level = (*this)(t);
    return {1 + tweedie::drift_rate(level) / N_, tweedie::diffusion_rate(level) / N_};
  }

 private:
  std::string name_;
  int N_;
  double beta_min_ = 0, beta_max_ = 0, sigma_min_ = 0, sigma_max_ = 0;
};

/// One predictor step from `level`, at time t: the peer's classes as rows.
inline tweedie::Step song_predictor(const std::string& name, const SongProcess& process, const tweedie::Level& level,
                                    double t, bool flow) {
  using namespace tweedie;
  Level to = level;  // where it leads does not matter to the row: the length of the step does
  to.time = t - 1.0 / process.N();
  const auto [a, b2] = process.step(t);
  if (name == "none") return {level, to, {.x = 1}};
  if (name == "euler_maruyama") return {level, to, EulerMaruyama{flow ? 0.0 : 1.0}.row(level, to)};
  if (name == "reverse_diffusion") return {level, to, ReverseDiffusion{flow ? 0.0 : 1.0}.of(level, {a, b2})};
  require(name == "ancestral_sampling", "no rule for predictor = \"", name, "\"");
  // (x + b² ∇ log p)/a, the mean of DDPM, with the peer's b² at its own index.
  double z2 = b2;
  if (process.is("ve")) {
    const int i = process.index(t);
    z2 = posterior_variance({.sigma = process.sigma(i)}, {.sigma = process.sigma(i - 1)});
  }
  return {level, to, {.x = 1 / a, .eps = {-b2 / (a * level.sigma)}, .z = std::sqrt(z2)}};
}

/// One corrector step; `noise` fills z.
inline Batch song_corrected(const std::string& name, const SongProcess& process, double snr, const Denoise& denoise,
                            const Batch& x, const tweedie::Level& level, double t, const RecordedNoise& noise) {
  using namespace tweedie;
  // Its step has a factor α_i = 1 − β_i for VP.
  const double r = process.is("vp") ? snr * std::sqrt(1 - process.beta(process.index(t))) : snr;
  if (name == "langevin")
    return Langevin{r, Coupling::batch}.correct(denoise, x, level, [&](Batch& z) { noise(z, 0, 0); });
  require(name == "ald", "no rule for corrector = \"", name, "\"");
  return run(denoise, {{level, level, AnnealedLangevin{r}.correction(level)}}, x, noise);
}

}  // namespace tests
